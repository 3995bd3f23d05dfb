"""The page that shows executions, starts them and follows them."""
