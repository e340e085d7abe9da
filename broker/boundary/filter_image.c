#include "filter.h"

#include <fcntl.h>
#include <sys/mman.h>

static const uint8_t image[] = {
#include "filters.inc"
};

const uint8_t *sel_filter_image(size_t *ret_n)
{
	*ret_n = sizeof image;
	return image;
}

int sel_filter_memfd(void)
{
	_cleanup_close_ int fd = memfd_create("seldom-filters", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	if (write(fd, image, sizeof image) != (ssize_t)sizeof image)
		return -EIO;
	if (lseek(fd, 0, SEEK_SET) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -errno;
	return sel_steal_fd(&fd);
}
