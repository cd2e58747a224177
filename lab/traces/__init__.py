"""Pure: what one request did and when, from spans and a line of Nginx's log to a tree and a drawing."""
