/* dup2() swaps which socket a number means while connect() and sendto() are judged: an own pair of
 * harmless sockets against one that can reach a listener outside. */
#include "attack.h"
#include <netinet/in.h>

static int inet_fd, unix_fd, swap_fd;
static volatile bool done;

static void *flip(void *arg)
{
	while (!done) {
		dup2(inet_fd, swap_fd);
		dup2(unix_fd, swap_fd);
	}
	return arg;
}

int main(void)
{
	socklen_t len = 0;
	struct sockaddr_un un = unix_addr(var("LISTEN_DGRAM"), &len);
	struct sockaddr_in in4 = {.sin_family = AF_INET,
				  .sin_port = htons((in_port_t)var_int("LISTEN_UDP"))};

	attack_begin();
	in4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	inet_fd = socket(AF_INET, SOCK_DGRAM, 0);
	unix_fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	swap_fd = dup(unix_fd);
	(void)thread(flip, NULL);
	while (racing()) {
		sendto(swap_fd, "raced", 5, MSG_DONTWAIT, (struct sockaddr *)&in4, sizeof in4);
		sendto(swap_fd, "raced", 5, MSG_DONTWAIT, (struct sockaddr *)&un, len);
	}
	done = true;
	return 0;
}
