"""The dashboard: a Dash app over the lake and the graph. Pages parse the URL, ask one service, and show one view."""
