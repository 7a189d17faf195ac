"""Learning from what agents answered and from what nobody answered: proposals that a person reviews."""
