// SPDX-License-Identifier: Apache-2.0
// The guest's end of the UDP echo probe (RFC 862), static and small enough for an initial RAM disk:
//
//   responder [--udp PORT]      default port 7
//
// It takes what has come in one recvmmsg(2) and sends it back in one sendmmsg(2), so that a guest under software
// emulation pays two system calls for a burst; of a few datagrams only, so that after a pause the first of hundreds is
// not answered after all of them. It runs at a real-time priority for the same reason: else the kernel's own thread
// takes in everything that was queued before it lets the responder run. Once it is bound it never exits: a network that
// comes and goes during a migration is no reason to stop answering.
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { batch = 8, longest = 2048, queue_bytes = 4 << 20 };

static char data[batch][longest];
static struct sockaddr_in clients[batch];
static struct iovec parts[batch];
static struct mmsghdr messages[batch];

static void prepare(void) {
  for (int i = 0; i < batch; ++i) {
    parts[i] = (struct iovec){.iov_base = data[i], .iov_len = longest};
    messages[i].msg_hdr = (struct msghdr){
        .msg_name = &clients[i], .msg_namelen = sizeof clients[i], .msg_iov = &parts[i], .msg_iovlen = 1};
  }
}

static void answer(int fd, int count) {
  for (int i = 0; i < count; ++i) {
    parts[i].iov_len = messages[i].msg_len;
  }
  for (int sent = 0; sent < count;) {
    const int done = sendmmsg(fd, messages + sent, (unsigned)(count - sent), 0);
    if (done > 0) {
      sent += done;
    } else if (errno != EINTR) {
      ++sent; // this one cannot be sent (no route just now, say): go on with the next
    }
  }
}

static int bound_socket(in_port_t port) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (fd < 0 || bind(fd, (const struct sockaddr*)&any, sizeof any) != 0) {
    perror("responder: cannot bind the UDP port");
    exit(1);
  }
  const int size = queue_bytes; // a larger queue helps, but is not needed: the results are not looked at
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
  return fd;
}

static in_port_t parse_port(int argc, char** argv) {
  if (argc == 1) {
    return 7;
  }
  if (argc == 3 && strcmp(argv[1], "--udp") == 0) {
    char* end = NULL;
    const long port = strtol(argv[2], &end, 10);
    if (*argv[2] != '\0' && *end == '\0' && port > 0 && port < 65536) {
      return (in_port_t)port;
    }
  }
  fputs("usage: responder [--udp PORT]\n", stderr);
  exit(2);
}

int main(int argc, char** argv) {
  const int fd = bound_socket(parse_port(argc, argv));
  const struct sched_param first = {.sched_priority = 10};
  sched_setscheduler(0, SCHED_FIFO, &first); // not needed to answer, and refused to an ordinary user
  for (;;) {
    prepare();
    const int count = recvmmsg(fd, messages, batch, MSG_WAITFORONE, NULL);
    if (count > 0) {
      answer(fd, count);
    } else if (errno != EINTR) {
      usleep(1000); // an error that stays must not take the guest's processor
    }
  }
}
