"""What the responsible unit does for a need between accepting it and offering a solution."""
