"""Each folder here is an explorer: its declaration, mathematics, figure and style."""
