// SPDX-License-Identifier: Apache-2.0
//   copies --peers 10.0.0.2,10.0.0.3 [--size 8MiB] [--pause 1s] [--busy 0%] [--port 7007] [--seed 1] [--name web]
//
// A guest that copies to others, and takes what they copy: it serves a TCP port, where it reads what comes, throws it
// away, and at the end answers how much it was; and over and over it waits, by chance between nothing and twice the
// `pause`, draws one of the peers, and sends it `size` bytes as fast as they go. With `busy` it waits on, until the
// guest's processors have been busy for no more than that share of the time since the copy before began: what a copy
// costs depends on the machine, and loads that do the same to every machine are needed. What it draws depends on the
// seed and the name, so that guests with one seed do different things, and the same ones each time.
//
// A line for each copy: seconds since it began, what was sent to whom and how long that took, from the first packet to
// the answer; or that it failed and why. A peer that takes nothing for 5 s is a failed copy.
#define _GNU_SOURCE
#include "guestbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { chunk = 65536, most_copies = 256, patience_s = 5, idle_s = 60 };
static const int64_t second = 1000000000;

/// splitmix64 (Steele, Lea, Flood 2014).
static uint64_t draw(uint64_t* state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/// In [0, 1).
static double unit(uint64_t* state) {
  return (double)(draw(state) >> 11) * 0x1p-53;
}

/// FNV-1a.
static uint64_t hash_of(const char* text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (; *text != '\0'; ++text) {
    hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
  }
  return hash;
}

struct arrival {
  uint64_t bytes;
  int64_t last; // when something came
};

/// False when it is over.
static bool take(int connection, struct arrival* arrival) {
  static char thrown_away[chunk]; // by one thread
  const ssize_t count = read(connection, thrown_away, sizeof thrown_away);
  if (count > 0) {
    arrival->bytes += (uint64_t)count;
    arrival->last = monotonic_ns();
    return true;
  }
  if (count == 0) {
    dprintf(connection, "%" PRIu64 "\n", arrival->bytes); // where the other end is gone, nobody waits for it
  }
  return count < 0 && errno == EINTR;
}

static void* serve(void* argument) {
  struct pollfd places[1 + most_copies] = {{.fd = *(const int*)argument, .events = POLLIN}};
  struct arrival arrivals[1 + most_copies];
  nfds_t count = 1;
  for (;;) {
    places[0].events = count <= most_copies ? POLLIN : 0;
    if (poll(places, count, 1000) < 0) {
      continue;
    }
    const int64_t now = monotonic_ns();
    for (nfds_t i = count - 1; i > 0; --i) {
      const bool silent = now - arrivals[i].last > idle_s * second; // the other end may be gone without a word
      if (silent || (places[i].revents != 0 && !take(places[i].fd, &arrivals[i]))) {
        close(places[i].fd);
        --count;
        places[i] = places[count];
        arrivals[i] = arrivals[count];
      }
    }
    const int connection = (places[0].revents & POLLIN) == 0 ? -1 : accept4(places[0].fd, NULL, NULL, SOCK_CLOEXEC);
    if (connection >= 0) {
      places[count] = (struct pollfd){.fd = connection, .events = POLLIN};
      arrivals[count] = (struct arrival){.last = now};
      ++count;
    }
  }
  return NULL;
}

static int listen_on(uint16_t port) {
  // Not blocking: who asked to be taken may be gone again.
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int again = 1;
  const struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &again, sizeof again) != 0 ||
      bind(listener, (const struct sockaddr*)&here, sizeof here) != 0 || listen(listener, most_copies) != 0) {
    fprintf(stderr, "copies: cannot serve on port %u: %s\n", port, strerror(errno));
    exit(1);
  }
  return listener;
}

static int send_all(int connection, uint64_t size, const char* data) {
  while (size > 0) {
    const ssize_t count = send(connection, data, size < chunk ? (size_t)size : (size_t)chunk, 0);
    if (count < 0 && errno != EINTR) {
      return errno;
    }
    size -= count > 0 ? (uint64_t)count : 0;
  }
  return shutdown(connection, SHUT_WR) == 0 ? 0 : errno;
}

/// The peer must say that all of it came.
static int expect_answer(int connection, uint64_t size) {
  char answer[32] = "";
  size_t length = 0;
  while (length + 1 < sizeof answer) {
    const ssize_t count = read(connection, answer + length, sizeof answer - 1 - length);
    if (count < 0 && errno != EINTR) {
      return errno;
    }
    if (count == 0) {
      break;
    }
    length += count > 0 ? (size_t)count : 0;
  }
  return strtoull(answer, NULL, 10) == size ? 0 : EPROTO;
}

/// 0, or the number of the error.
static int copy_to(struct sockaddr_in peer, uint64_t size, const char* data) {
  const struct timeval patience = {.tv_sec = patience_s};
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection < 0) {
    return errno;
  }
  int problem = 0;
  // The first is the limit of connect(2), too.
  if (setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
      setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
      connect(connection, (const struct sockaddr*)&peer, sizeof peer) != 0) {
    problem = errno;
  }
  problem = problem != 0 ? problem : send_all(connection, size, data);
  problem = problem != 0 ? problem : expect_answer(connection, size);
  close(connection);
  return problem == EAGAIN || problem == EINPROGRESS ? ETIMEDOUT : problem;
}

static size_t read_peers(const char* text, uint16_t port, struct sockaddr_in** peers) {
  size_t count = 0;
  char* rest = strdup(text);
  for (char* word = strtok(rest, ","); word != NULL; word = strtok(NULL, ",")) {
    *peers = realloc(*peers, (count + 1) * sizeof **peers);
    (*peers)[count] = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, word, &(*peers)[count].sin_addr) != 1) {
      fprintf(stderr, "copies: --peers: '%s' is no IPv4 address\n", word);
      exit(2);
    }
    ++count;
  }
  free(rest);
  if (count == 0) {
    fputs("copies: no other guest is on a network of this one: there is nobody to copy to\n", stderr);
    exit(1);
  }
  return count;
}

/// Ticks since the guest started in which its processors did something, and all of them.
struct ticks {
  uint64_t busy;
  uint64_t all;
};

/// proc(5), /proc/stat: user, nice, system, idle, iowait, irq, softirq of all processors.
static struct ticks ticks_now(void) {
  uint64_t of[7] = {0};
  FILE* file = fopen("/proc/stat", "re");
  if (file == NULL || fscanf(
                          file,
                          "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
                          &of[0],
                          &of[1],
                          &of[2],
                          &of[3],
                          &of[4],
                          &of[5],
                          &of[6]) != 7) {
    fputs("copies: /proc/stat does not tell how busy the processors are\n", stderr);
    exit(1);
  }
  fclose(file);
  struct ticks ticks = {.busy = of[0] + of[1] + of[2] + of[5] + of[6]};
  ticks.all = ticks.busy + of[3] + of[4];
  return ticks;
}

static void rest(struct ticks since, double busy) {
  const struct timespec moment = {.tv_nsec = second / 100};
  for (struct ticks now = ticks_now(); (double)(now.busy - since.busy) > busy * (double)(now.all - since.all);
       now = ticks_now()) {
    nanosleep(&moment, NULL);
  }
}

struct wish {
  uint64_t size;
  int64_t pause_ns;
  double busy; // 0: as much as it takes
};

static void copy_for_ever(const struct sockaddr_in* peers, size_t count, struct wish wish, uint64_t random) {
  static char data[chunk];
  for (size_t i = 0; i + sizeof random <= chunk; i += sizeof random) {
    const uint64_t word = draw(&random);
    memcpy(data + i, &word, sizeof word);
  }
  const int64_t began = monotonic_ns();
  struct ticks since = ticks_now();
  for (;;) {
    const int64_t wait_ns = (int64_t)(unit(&random) * 2 * (double)wish.pause_ns);
    const struct timespec wait = {.tv_sec = wait_ns / second, .tv_nsec = wait_ns % second};
    nanosleep(&wait, NULL);
    if (wish.busy > 0) {
      rest(since, wish.busy);
      since = ticks_now();
    }
    const struct sockaddr_in peer = peers[draw(&random) % count];
    char address[INET_ADDRSTRLEN] = "";
    inet_ntop(AF_INET, &peer.sin_addr, address, sizeof address);
    const int64_t from = monotonic_ns();
    const int problem = copy_to(peer, wish.size, data);
    const int64_t now = monotonic_ns();
    if (problem != 0) {
      printf("failed %.3f s %s: %s\n", (double)(now - began) / 1e9, address, strerror(problem));
    } else {
      printf(
          "copied %.3f s %" PRIu64 " bytes to %s in %.6f s\n",
          (double)(now - began) / 1e9,
          wish.size,
          address,
          (double)(now - from) / 1e9);
    }
  }
}

int copies_main(int argc, char** argv) {
  const char* peers_text = "";
  const char* size = "8MiB";
  const char* pause_text = "1s";
  const char* busy = "0%";
  const char* port_text = "7007";
  const char* seed = "1";
  const char* name = "";
  const struct option_text options[] = {
      {"--peers", &peers_text},
      {"--size", &size},
      {"--pause", &pause_text},
      {"--busy", &busy},
      {"--port", &port_text},
      {"--seed", &seed},
      {"--name", &name},
      {NULL, NULL}};
  const char* usage =
      "copies --peers 10.0.0.2,10.0.0.3 [--size 8MiB] [--pause 1s] [--busy 0%] [--port 7007] [--seed 1] [--name web]";
  parse_options(usage, argc, argv, options);
  const struct wish wish = {
      .size = parse_number("copies", "--size", size),
      .pause_ns = parse_span("copies", "--pause", pause_text),
      .busy = parse_percent("copies", "--busy", busy)};
  const uint64_t port = parse_number("copies", "--port", port_text);
  if (wish.size == 0 || port == 0 || port > UINT16_MAX) {
    fprintf(stderr, "usage: %s\n", usage);
    return 2;
  }
  struct sockaddr_in* peers = NULL;
  const size_t count = read_peers(peers_text, (uint16_t)port, &peers);
  signal(SIGPIPE, SIG_IGN); // a peer that goes away is an error of one copy
  int listener = listen_on((uint16_t)port);
  pthread_t server;
  const int problem = pthread_create(&server, NULL, serve, &listener);
  if (problem != 0) {
    fprintf(stderr, "copies: cannot start the server: %s\n", strerror(problem));
    return 1;
  }
  printf("serving on port %" PRIu64 ", %zu peers\n", port, count);
  copy_for_ever(peers, count, wish, parse_number("copies", "--seed", seed) ^ hash_of(name));
  return 0;
}
