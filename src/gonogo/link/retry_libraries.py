def read_library(value, place, kind, evaluator):
    return None
