"""What pages ask: each function reads lake or graph and knows no Dash."""
