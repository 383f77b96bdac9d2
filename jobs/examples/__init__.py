"""Questions answered from the raw files to a figure, each in one script: run them, read them, change them."""
