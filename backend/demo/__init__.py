"""A small living programme, built only through the verbs: what the product does, shown from the first start."""
