"""The command line: parse arguments, call one function, exit. Command modules are imported when they are needed."""
