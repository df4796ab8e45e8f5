// A module of headers only still needs one object file.
