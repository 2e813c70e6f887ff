"""Parts of the live screen, each drawn from a RoomView and the width it has. They hold no facts."""
