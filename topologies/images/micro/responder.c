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
//
// A subscription makes it send on its own, too, so that the way from guest to client is watched whatever becomes of the
// other. All numbers are big-endian:
//
//   subscription (24 bytes)  "MLABPUSH", token (8), interval in us (4), lifetime in ms (4)   client -> guest
//   push         (32 bytes)  "MLABPSHD", token (8), sequence (8), lateness in ns (8)         guest -> client
//
// A datagram of these 24 bytes is not echoed; any other one is. Datagram k is due k intervals after the subscription,
// by the guest's CLOCK_MONOTONIC; `lateness` is how long after that it was sent. The subscriber renews before the
// lifetime is over (by the guest's clock, which may stand still during a migration); an interval of 0 ends it. A
// renewal goes on with the old sequence. Who is more than 64 behind leaves out what it missed: the sequence shows it. A
// second process pushes, so that the echo pays nothing for it but a look at the first bytes.
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { batch = 8, longest = 2048, queue_bytes = 4 << 20 };

enum { subscribers = 8, most_behind = 64, least_interval_us = 100, longest_lifetime_ms = 60000 };

struct subscription {
  char magic[8];
  uint64_t token;
  uint32_t interval_us;
  uint32_t lifetime_ms;
};

struct push {
  char magic[8];
  uint64_t token;
  uint64_t sequence;
  uint64_t lateness_ns;
};

/// What the echo tells the pusher, through a pipe.
struct wish {
  struct sockaddr_in client;
  struct subscription subscription;
};

/// A subscriber; free while interval_ns is 0.
struct stream {
  struct sockaddr_in client;
  uint64_t token;
  int64_t began_ns;
  int64_t interval_ns;
  int64_t until_ns;
  uint64_t next;
};

static struct stream streams[subscribers];
static int wishes = -1; // to the pusher

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

static int is_subscription(int i) {
  return messages[i].msg_len == sizeof(struct subscription) && memcmp(data[i], "MLABPUSH", 8) == 0;
}

/// To the pusher; in place of an answer.
static void pass_on(int i) {
  struct wish wish = {.client = clients[i]};
  memcpy(&wish.subscription, data[i], sizeof wish.subscription);
  if (write(wishes, &wish, sizeof wish) < 0) {
    // The pipe is full: the client asks again in a moment.
  }
}

static void answer(int fd, int count) {
  int answers = 0; // those to be answered go to the front
  for (int i = 0; i < count; ++i) {
    if (is_subscription(i)) {
      pass_on(i);
      continue;
    }
    parts[i].iov_len = messages[i].msg_len;
    messages[answers++].msg_hdr = messages[i].msg_hdr;
  }
  for (int sent = 0; sent < answers;) {
    const int done = sendmmsg(fd, messages + sent, (unsigned)(answers - sent), 0);
    if (done > 0) {
      sent += done;
    } else if (errno != EINTR) {
      ++sent; // this one cannot be sent (no route just now, say): go on with the next
    }
  }
}

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int same_client(const struct stream* stream, const struct wish* wish) {
  return stream->interval_ns != 0 && stream->token == wish->subscription.token &&
         stream->client.sin_addr.s_addr == wish->client.sin_addr.s_addr &&
         stream->client.sin_port == wish->client.sin_port;
}

/// The stream that a wish is for: its own, else a free one, else the one that has been lapsed for longest; NULL when
/// all are in use.
static struct stream* stream_for(const struct wish* wish, int64_t now) {
  struct stream* best = NULL;
  for (struct stream* each = streams; each < streams + subscribers; ++each) {
    if (same_client(each, wish)) {
      return each;
    }
    if (each->interval_ns == 0 || each->until_ns < now) {
      best = best == NULL || each->until_ns < best->until_ns ? each : best;
    }
  }
  return best;
}

static void follow(const struct wish* wish) {
  const int64_t now = now_ns();
  struct stream* stream = stream_for(wish, now);
  const int64_t interval_us = be32toh(wish->subscription.interval_us);
  int64_t lifetime_ms = be32toh(wish->subscription.lifetime_ms);
  if (stream == NULL) {
    return;
  }
  if (interval_us == 0) {
    if (same_client(stream, wish)) {
      memset(stream, 0, sizeof *stream);
    }
    return;
  }
  lifetime_ms = lifetime_ms < longest_lifetime_ms ? lifetime_ms : longest_lifetime_ms;
  if (!same_client(stream, wish)) {
    *stream = (struct stream){
        .client = wish->client,
        .token = wish->subscription.token,
        .began_ns = now,
        .interval_ns = 1000 * (interval_us < least_interval_us ? least_interval_us : interval_us)};
  }
  stream->until_ns = now + lifetime_ms * 1000000;
}

/// Sends what is due. Gives when the next one is.
static int64_t send_due(int fd, struct stream* stream) {
  for (;;) {
    const int64_t now = now_ns();
    const int64_t lateness = now - (stream->began_ns + (int64_t)stream->next * stream->interval_ns);
    if (lateness < 0) {
      return now - lateness;
    }
    if (lateness > most_behind * stream->interval_ns) {
      stream->next += (uint64_t)(lateness / stream->interval_ns);
      continue;
    }
    struct push push = {
        .token = stream->token, .sequence = htobe64(stream->next), .lateness_ns = htobe64((uint64_t)lateness)};
    memcpy(push.magic, "MLABPSHD", sizeof push.magic);
    // One that cannot be sent is missing from the sequence, as it should be.
    sendto(fd, &push, sizeof push, MSG_DONTWAIT, (const struct sockaddr*)&stream->client, sizeof stream->client);
    ++stream->next;
  }
}

_Noreturn static void push(int fd, int from) {
  for (;;) {
    int64_t now = now_ns();
    int64_t next = INT64_MAX;
    for (struct stream* each = streams; each < streams + subscribers; ++each) {
      if (each->interval_ns != 0 && each->until_ns >= now) {
        const int64_t due = send_due(fd, each);
        next = due < next ? due : next;
      }
    }
    now = now_ns();
    const int64_t left = next > now ? next - now : 0;
    const struct timespec span = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    struct pollfd polled = {.fd = from, .events = POLLIN};
    if (ppoll(&polled, 1, next == INT64_MAX ? NULL : &span, NULL) > 0) {
      struct wish wish;
      const ssize_t size = read(from, &wish, sizeof wish);
      if (size == 0) {
        exit(0); // the echo has ended
      }
      if (size == sizeof wish) {
        follow(&wish);
      }
    }
  }
}

static void be_first(int priority) {
  const struct sched_param first = {.sched_priority = priority};
  sched_setscheduler(0, SCHED_FIFO, &first); // not needed to answer, and refused to an ordinary user
}

/// Before the echo, which would otherwise hold it up while it answers what has piled up.
static void start_pusher(int fd) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0 || fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0) {
    perror("responder: cannot make a pipe");
    exit(1);
  }
  const pid_t pusher = fork();
  if (pusher < 0) {
    perror("responder: cannot fork");
    exit(1);
  }
  if (pusher == 0) {
    close(ends[1]);
    be_first(11);
    push(fd, ends[0]);
  }
  close(ends[0]);
  wishes = ends[1];
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
  signal(SIGPIPE, SIG_IGN);
  start_pusher(fd);
  be_first(10);
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
