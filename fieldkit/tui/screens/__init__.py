"""The screens of the terminal. A screen owns its cursor and what is being typed, never a fact."""
