"""Make a data set for the training of models from reviewed incidents."""
