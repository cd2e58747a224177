"""From a deployment to healthy containers: the override, the images, `docker compose`."""
