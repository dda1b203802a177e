/* floor: what the kernel costs. One thread waits in epoll, reads what a client has
 * sent, takes the masks off, and writes the frames, ready as they are, once to each
 * socket of the room. It looks at no message, keeps nothing, checks next to nothing,
 * and puts out whoever doesn't read. No chat server can be below it; it is none.
 *
 *   cc -O2 -o floor floor.c && ./floor 8080
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 65536, BUFFER = 262144, ROOM = 80 };

struct room {
	char code[ROOM];
	int *members, count, space;
	struct room *next;
};

struct client {
	int fd, at; /* at: where in its room */
	struct room *room; /* none before the handshake */
	unsigned char *rest; /* of a frame or request that isn't whole */
	int held;
};

static struct client *clients[MOST];
static struct room *rooms[4096];
static unsigned char in[BUFFER], out[BUFFER];
static int poller;

/* SHA-1 (RFC 3174) of a short text, for the handshake. */
static uint32_t rol(uint32_t x, int n) { return x << n | x >> (32 - n); }

static void sha1(const char *text, size_t n, unsigned char sum[20]) {
	uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
	unsigned char m[128] = {0};
	size_t all = n + 9 > 64 ? 128 : 64;
	memcpy(m, text, n);
	m[n] = 0x80;
	for (int i = 0; i < 8; i++) m[all - 1 - i] = (uint64_t)n * 8 >> 8 * i;
	for (size_t at = 0; at < all; at += 64) {
		uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
		for (int i = 0; i < 16; i++) {
			const unsigned char *p = m + at + 4 * i;
			w[i] = (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
		}
		for (int i = 16; i < 80; i++) w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
		for (int i = 0; i < 80; i++) {
			uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
			uint32_t k = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
			uint32_t t = rol(a, 5) + f + e + k + w[i];
			e = d, d = c, c = rol(b, 30), b = a, a = t;
		}
		h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
	}
	for (int i = 0; i < 20; i++) sum[i] = h[i / 4] >> (24 - 8 * (i % 4));
}

static void base64(const unsigned char *b, int n, char *to) {
	const char *set = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (int i = 0; i < n; i += 3) {
		uint32_t v = b[i] << 16 | (i + 1 < n ? b[i + 1] << 8 : 0) | (i + 2 < n ? b[i + 2] : 0);
		*to++ = set[v >> 18];
		*to++ = set[v >> 12 & 63];
		*to++ = i + 1 < n ? set[v >> 6 & 63] : '=';
		*to++ = i + 2 < n ? set[v & 63] : '=';
	}
	*to = 0;
}

static struct room *find(const char *code) {
	uint32_t hash = 5381;
	for (const char *p = code; *p; p++) hash = hash * 33 + (unsigned char)*p;
	struct room **at = &rooms[hash % 4096];
	for (; *at; at = &(*at)->next)
		if (!strcmp((*at)->code, code)) return *at;
	*at = calloc(1, sizeof **at);
	strcpy((*at)->code, code);
	return *at;
}

static void drop(struct client *c) {
	struct room *r = c->room;
	if (r) {
		int last = r->members[--r->count];
		r->members[c->at] = last;
		clients[last]->at = c->at;
	}
	clients[c->fd] = 0;
	close(c->fd);
	free(c->rest);
	free(c);
}

/* welcome answers the handshake; the request is whole. */
static int welcome(struct client *c, char *request) {
	char text[128], answer[256], accept[32], *key, code[ROOM];
	unsigned char sum[20];
	char *q = strstr(request, "roomCode=");
	if (!q || sscanf(q, "roomCode=%79[^& \r\n]", code) != 1) return 0;
	for (key = request; key && strncasecmp(key, "Sec-WebSocket-Key: ", 19); key = key ? key + 2 : 0)
		if (!(key = strstr(key, "\r\n"))) return 0;
		else if (!strncasecmp(key + 2, "Sec-WebSocket-Key: ", 19)) { key += 2; break; }
	if (!key) return 0;
	snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + 19);
	sha1(text, strlen(text), sum);
	base64(sum, 20, accept);
	int n = snprintf(answer, sizeof answer, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept);
	if (write(c->fd, answer, n) != n) return 0;
	struct room *r = c->room = find(code);
	if (r->count == r->space) r->members = realloc(r->members, sizeof(int) * (r->space = 2 * r->space + 4));
	c->at = r->count;
	r->members[r->count++] = c->fd;
	return 1;
}

/* frames turns what is whole into what is told to all. It returns how much that was,
 * or -1 for the end. */
static int frames(unsigned char *b, int n, int *told) {
	int used = 0;
	for (*told = 0; n - used >= 6;) {
		unsigned char *f = b + used;
		int head = 2, size = f[1] & 0x7F, op = f[0] & 0x0F;
		if (size == 126) head = 4, size = f[2] << 8 | f[3];
		else if (size == 127) return -1;
		if (n - used < head + 4 + size) break;
		if (op == 8) return -1;
		if (op == 1) {
			unsigned char *key = f + head, *payload = key + 4, *to = out + *told;
			memcpy(to, f, head);
			to[1] &= 0x7F;
			for (int i = 0; i < size; i++) to[head + i] = payload[i] ^ key[i & 3];
			*told += head + size;
		}
		used += head + 4 + size;
	}
	return used;
}

static void ready(struct client *c) {
	memcpy(in, c->rest, c->held);
	int n = read(c->fd, in + c->held, sizeof in - 1 - c->held);
	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR)) drop(c);
		return;
	}
	n += c->held;
	int used = 0, told = 0;
	if (!c->room) {
		in[n] = 0;
		char *end = strstr((char *)in, "\r\n\r\n");
		if (end) {
			if (!welcome(c, (char *)in)) { drop(c); return; }
			used = end + 4 - (char *)in;
		}
	} else if ((used = frames(in, n, &told)) < 0) {
		drop(c);
		return;
	}
	c->held = n - used;
	free(c->rest);
	c->rest = 0;
	if (c->held) c->rest = memcpy(malloc(c->held), in + used, c->held);
	if (!told) return;
	struct room *r = c->room;
	for (int i = r->count - 1; i >= 0; i--) {
		int to = r->members[i];
		if (write(to, out, told) != told) drop(clients[to]);
	}
}

int main(int argc, char **argv) {
	struct rlimit files;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 8080), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(listener, (struct sockaddr *)&a, sizeof a) || listen(listener, 4096)) return perror("floor"), 1;
	poller = epoll_create1(0);
	struct epoll_event e = {.events = EPOLLIN, .data.fd = listener}, came[256];
	epoll_ctl(poller, EPOLL_CTL_ADD, listener, &e);
	for (;;) {
		int n = epoll_wait(poller, came, 256, -1);
		for (int i = 0; i < n; i++) {
			int fd = came[i].data.fd;
			if (fd != listener) {
				if (clients[fd]) ready(clients[fd]);
				continue;
			}
			while ((fd = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
				if (fd >= MOST) { close(fd); continue; }
				setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
				clients[fd] = calloc(1, sizeof **clients);
				clients[fd]->fd = fd;
				e.events = EPOLLIN, e.data.fd = fd;
				epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e);
			}
		}
	}
}
