// What a stream socket answers its client, on both machines, through a connection's whole life.
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include "props/world/net/net_fixture.hpp"

namespace poolproof::world {
namespace {

constexpr int kTcp = AF_INET;
constexpr int kUnix = AF_UNIX;

// Of poll(), with the normal-priority bits that go along.
constexpr int kIn = POLLIN | POLLRDNORM;
constexpr int kTcpOut = POLLOUT | POLLWRNORM;
constexpr int kUnixOut = kTcpOut | POLLWRBAND;

int name_size(int (*call)(int, sockaddr*, socklen_t*), int fd) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  const int answer = call(fd, reinterpret_cast<sockaddr*>(&name), &size);
  return answer == 0 ? static_cast<int>(size) : -errno;
}

int own_name(int fd) {
  return name_size([](int f, sockaddr* n, socklen_t* s) { return getsockname(f, n, s); }, fd);
}
int peer_name(int fd) {
  return name_size([](int f, sockaddr* n, socklen_t* s) { return getpeername(f, n, s); }, fd);
}

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(fd, level, name, &value, &size) == 0 ? value : -errno;
}
int set(int fd, int level, int name, int value) {
  return answer_of(setsockopt(fd, level, name, &value, sizeof value));
}

// So that the peer has heard it and what it did has come back.
int hear_the_end(int fd) { return bits_of(fd, POLLRDHUP); }

const SyncCase kCases[] = {
    {"OfATcpSocketThatIsNotConnected",
     [] {
       const int fd = socket(kTcp, SOCK_STREAM, 0);
       return Answers{
           bits_of(fd),   hear(fd),     say(fd, "x"),      answer_of(shutdown(fd, SHUT_WR)),
           peer_name(fd), own_name(fd), pending_error(fd), answer_of(close(fd))};
     },
     {kTcpOut | POLLHUP, -ENOTCONN, -EPIPE, -ENOTCONN, -ENOTCONN, sizeof(sockaddr_in), 0, 0}},
    {"OfAUnixSocketThatIsNotConnected",
     [] {
       const int fd = socket(kUnix, SOCK_STREAM, 0);
       return Answers{
           bits_of(fd),   hear(fd),     say(fd, "x"),        answer_of(shutdown(fd, SHUT_WR)),
           peer_name(fd), own_name(fd), answer_of(close(fd))};
     },
     {kUnixOut | POLLHUP, -EINVAL, -ENOTCONN, 0, -ENOTCONN, sizeof(sa_family_t), 0}},
    {"OfATcpConnection",
     [] {
       const int fd = dial(kTcp);
       Answers seen{bits_of(fd), say(fd, "abc"), bits_of(fd, POLLIN), hear(fd, 1, MSG_PEEK)};
       for (const int each : {hear(fd, 3, MSG_WAITALL), hear(fd, 1, MSG_DONTWAIT), call_tcp(fd),
                              own_name(fd), peer_name(fd), answer_of(close(fd)), say(fd, "x")}) {
         seen.push_back(each);
       }
       return seen;
     },
     {kTcpOut, 3, kIn | kTcpOut, 1, 3, -EAGAIN, -EISCONN, sizeof(sockaddr_in), sizeof(sockaddr_in),
      0, -EBADF}},
    {"OfAUnixConnection",
     [] {
       const int fd = dial(kUnix);
       Answers seen{bits_of(fd), say(fd, "abc"), bits_of(fd, POLLIN), hear(fd, 3, MSG_WAITALL)};
       for (const int each : {hear(fd, 1, MSG_DONTWAIT), call_unix(fd), own_name(fd),
                              answer_of(close(fd)), hear(fd)}) {
         seen.push_back(each);
       }
       return seen;
     },
     {kUnixOut, 3, kIn | kUnixOut, 3, -EAGAIN, -EISCONN, sizeof(sa_family_t), 0, -EBADF}},
    {"OfATcpConnectionWhosePeerHangsUp",
     [] {
       const int fd = dial(kTcp);
       Answers seen{say(fd, "a."), hear(fd, 2, MSG_WAITALL), hear_the_end(fd), hear(fd)};
       for (const int each : {say(fd, "x"), bits_of(fd, POLLPRI | POLLERR), hear(fd), say(fd, "x"),
                              pending_error(fd), say(fd, "x"), bits_of(fd)}) {
         seen.push_back(each);
       }
       close(fd);
       return seen;
     },
     {2, 2, kIn | kTcpOut | POLLRDHUP, 0, 1, kIn | kTcpOut | POLLRDHUP | POLLHUP | POLLERR, 0,
      -EPIPE, 0, -EPIPE, kIn | kTcpOut | POLLRDHUP | POLLHUP}},
    {"OfAUnixConnectionWhosePeerHangsUp",
     [] {
       const int fd = dial(kUnix);
       Answers seen{say(fd, "a."), hear_the_end(fd), say(fd, "x"), hear(fd), hear(fd)};
       seen.push_back(pending_error(fd));
       close(fd);
       return seen;
     },
     {2, kIn | kUnixOut | POLLRDHUP | POLLHUP, -EPIPE, 2, 0, 0}},
    {"OfATcpConnectionThatIsReset",
     [] {
       const int fd = dial(kTcp);
       Answers seen{say(fd, "!"), hear_the_end(fd), hear(fd), hear(fd)};
       for (const int each : {say(fd, "x"), bits_of(fd), peer_name(fd), pending_error(fd)}) {
         seen.push_back(each);
       }
       close(fd);
       return seen;
     },
     {1, kIn | kTcpOut | POLLRDHUP | POLLHUP | POLLERR, -ECONNRESET, 0, -EPIPE,
      kIn | kTcpOut | POLLRDHUP | POLLHUP, -ENOTCONN, 0}},
    {"OfATcpConnectionThatIsResetToASender",
     [] {
       const int fd = dial(kTcp);
       Answers seen{say(fd, "!"), hear_the_end(fd), say(fd, "x"), say(fd, "x"), hear(fd)};
       close(fd);
       return seen;
     },
     {1, kIn | kTcpOut | POLLRDHUP | POLLHUP | POLLERR, -ECONNRESET, -EPIPE, 0}},
    {"OfATcpConnectionThatIsResetWithSomethingToRead",
     [] {
       const int fd = dial(kTcp);
       Answers seen{say(fd, "ab")};
       while (hear(fd, 2, MSG_PEEK) < 2) {
       }
       seen.push_back(say(fd, "!"));
       seen.push_back(hear_the_end(fd));
       for (int i = 0; i < 3; ++i) seen.push_back(hear(fd));
       close(fd);
       return seen;
     },
     {2, 1, kIn | kTcpOut | POLLRDHUP | POLLHUP | POLLERR, 2, -ECONNRESET, 0}},
    {"OfAUnixConnectionThatIsReset",
     [] {
       const int fd = dial(kUnix);
       Answers seen{say(fd, "!xyz"), hear_the_end(fd), say(fd, "x"), hear(fd), hear(fd)};
       seen.push_back(bits_of(fd));
       close(fd);
       return seen;
     },
     {4, kIn | kUnixOut | POLLRDHUP | POLLHUP | POLLERR, -EPIPE, -ECONNRESET, 0,
      kIn | kUnixOut | POLLRDHUP | POLLHUP}},
    {"OfATcpConnectionWhoseClientHasNoMoreToSay",
     [] {
       const int fd = dial(kTcp);
       Answers seen{say(fd, "abc"), answer_of(shutdown(fd, SHUT_WR)), say(fd, "x")};
       seen.push_back(hear(fd, 3, MSG_WAITALL));
       seen.push_back(hear(fd));
       seen.push_back(hear_the_end(fd));
       close(fd);
       return seen;
     },
     {3, 0, -EPIPE, 3, 0, kIn | kTcpOut | POLLRDHUP | POLLHUP}},
    {"OfConnectionsWhoseClientHearsNoMore",
     [] {
       Answers seen;
       for (const int domain : {kTcp, kUnix}) {
         const int fd = dial(domain);
         say(fd, "abc");
         while (hear(fd, 3, MSG_PEEK) < 3) {
         }
         for (const int each :
              {answer_of(shutdown(fd, SHUT_RD)), bits_of(fd), hear(fd), hear(fd)}) {
           seen.push_back(each);
         }
         close(fd);
       }
       return seen;
     },
     {0, kIn | kTcpOut | POLLRDHUP, 3, 0, 0, kIn | kUnixOut | POLLRDHUP, 3, 0}},
    {"OfConnectionsThatTheirClientShutsDown",
     [] {
       Answers seen;
       for (const int domain : {kTcp, kUnix}) {
         const int fd = dial(domain);
         for (const int each : {answer_of(shutdown(fd, SHUT_RDWR)), bits_of(fd), say(fd, "x"),
                                hear(fd), answer_of(shutdown(fd, 7))}) {
           seen.push_back(each);
         }
         close(fd);
       }
       return seen;
     },
     {0, kIn | kTcpOut | POLLRDHUP | POLLHUP, -EPIPE, 0, -EINVAL, 0,
      kIn | kUnixOut | POLLRDHUP | POLLHUP, -EPIPE, 0, -EINVAL}},
    {"OfANonBlockingTcpConnect",
     [] {
       const int fd = socket(kTcp, SOCK_STREAM | SOCK_NONBLOCK, 0);
       Answers seen{call_tcp(fd), bits_of(fd, POLLOUT), pending_error(fd), call_tcp(fd)};
       seen.push_back(call_tcp(fd));
       close(fd);
       return seen;
     },
     {-EINPROGRESS, kTcpOut, 0, 0, -EISCONN}},
    {"OfANonBlockingTcpConnectThatIsRefused",
     [] {
       const int fd = socket(kTcp, SOCK_STREAM | SOCK_NONBLOCK, 0);
       Answers seen{call_tcp(fd, 1), bits_of(fd, POLLOUT), pending_error(fd)};
       for (const int each : {bits_of(fd), hear(fd), say(fd, "x"), call_tcp(fd, 1), bits_of(fd)}) {
         seen.push_back(each);
       }
       close(fd);
       return seen;
     },
     {-EINPROGRESS, kIn | kTcpOut | POLLRDHUP | POLLHUP | POLLERR, ECONNREFUSED,
      kIn | kTcpOut | POLLRDHUP | POLLHUP, 0, -EPIPE, -ECONNABORTED, kTcpOut | POLLHUP}},
    {"OfANonBlockingUnixConnect",
     [] {
       const int fd = socket(kUnix, SOCK_STREAM | SOCK_NONBLOCK, 0);
       Answers seen{call_unix(fd, "@nobody"), call_unix(fd, "/no/such/socket"), call_unix(fd)};
       seen.push_back(bits_of(fd));
       close(fd);
       return seen;
     },
     {-ECONNREFUSED, -ENOENT, 0, kUnixOut}},
    {"OfABlockingTcpConnectThatIsRefused",
     [] {
       const int fd = socket(kTcp, SOCK_STREAM, 0);
       Answers seen{call_tcp(fd, 1), bits_of(fd), hear(fd), pending_error(fd), call_tcp(fd)};
       close(fd);
       return seen;
     },
     {-ECONNREFUSED, kTcpOut | POLLHUP, -ENOTCONN, 0, 0}},
    {"OfAConnectToWhatIsNoAddress",
     [] {
       const int tcp = socket(kTcp, SOCK_STREAM, 0);
       const int local = socket(kUnix, SOCK_STREAM, 0);
       sockaddr_storage name{};
       name.ss_family = AF_INET6;
       const auto* const address = reinterpret_cast<const sockaddr*>(&name);
       Answers seen{answer_of(connect(tcp, address, sizeof name)),
                    answer_of(connect(tcp, address, 1)),
                    answer_of(connect(local, address, sizeof(sockaddr_un))), call_unix(local, ""),
                    call_tcp(-1)};
       int ends[2];
       pipe(ends);
       for (const int each : {call_tcp(ends[0]), say(ends[1], "x"), hear(ends[0]),
                              answer_of(shutdown(ends[0], SHUT_RD)), own_name(ends[0]),
                              option(ends[0], SOL_SOCKET, SO_TYPE)}) {
         seen.push_back(each);
       }
       for (const int each : {tcp, local, ends[0], ends[1]}) close(each);
       return seen;
     },
     {-EAFNOSUPPORT, -EINVAL, -EINVAL, -EINVAL, -EBADF, -ENOTSOCK, -ENOTSOCK, -ENOTSOCK, -ENOTSOCK,
      -ENOTSOCK, -ENOTSOCK}},
    {"OfMessagesInPieces",
     [] {
       const int fd = dial(kTcp);
       std::array<char, 4> words{'a', 'b', 'c', 'd'};
       std::array<iovec, 2> pieces{iovec{words.data(), 3}, iovec{words.data() + 3, 1}};
       msghdr message{};
       message.msg_iov = pieces.data();
       message.msg_iovlen = pieces.size();
       Answers seen{answer_of(sendmsg(fd, &message, MSG_NOSIGNAL)),
                    answer_of(writev(fd, pieces.data(), 2)),
                    answer_of(sendto(fd, "z", 1, MSG_NOSIGNAL, nullptr, 0))};
       hear(fd, 5, MSG_WAITALL);
       while (hear(fd, 4, MSG_PEEK) < 4) {
       }
       int unread = 0;
       seen.push_back(answer_of(ioctl(fd, FIONREAD, &unread)));
       seen.push_back(unread);
       std::array<char, 4> heard{};
       std::array<iovec, 2> room{iovec{heard.data() + 2, 2}, iovec{heard.data(), 1}};
       message.msg_iov = room.data();
       seen.push_back(answer_of(recvmsg(fd, &message, 0)));
       seen.insert(seen.end(), heard.begin(), heard.end());
       seen.push_back(answer_of(readv(fd, room.data(), 1)));
       seen.push_back(answer_of(recvfrom(fd, heard.data(), 4, MSG_DONTWAIT, nullptr, nullptr)));
       close(fd);
       return seen;
     },
     {4, 4, 1, 0, 4, 3, 'd', 0, 'b', 'c', 1, -EAGAIN}},
    {"OfOptions",
     [] {
       const int tcp = socket(kTcp, SOCK_STREAM, 0);
       const int local = socket(kUnix, SOCK_STREAM, 0);
       Answers seen{option(tcp, SOL_SOCKET, SO_TYPE),      option(tcp, SOL_SOCKET, SO_DOMAIN),
                    option(tcp, SOL_SOCKET, SO_PROTOCOL),  option(tcp, SOL_SOCKET, SO_KEEPALIVE),
                    option(tcp, IPPROTO_TCP, TCP_KEEPCNT), option(tcp, IPPROTO_TCP, 9999)};
       for (const int each :
            {set(tcp, SOL_SOCKET, SO_KEEPALIVE, 1), option(tcp, SOL_SOCKET, SO_KEEPALIVE),
             set(tcp, IPPROTO_TCP, TCP_NODELAY, 1), option(tcp, IPPROTO_TCP, TCP_NODELAY),
             set(tcp, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000),
             option(tcp, IPPROTO_TCP, TCP_USER_TIMEOUT), set(tcp, IPPROTO_TCP, 9999, 1),
             set(local, IPPROTO_TCP, TCP_NODELAY, 1),
             answer_of(setsockopt(tcp, SOL_SOCKET, SO_KEEPALIVE, "", 1))}) {
         seen.push_back(each);
       }
       for (const int each : {tcp, local}) close(each);
       return seen;
     },
     {SOCK_STREAM, AF_INET, IPPROTO_TCP, 0, 9, -ENOPROTOOPT, 0, 1, 0, 1, 0, 5000, -ENOPROTOOPT,
      -EOPNOTSUPP, -EINVAL}},
    {"OfFlags",
     [] {
       const int fd = dial(kUnix);
       Answers seen{fcntl(fd, F_GETFL), fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK),
                    fcntl(fd, F_GETFL) & O_NONBLOCK, hear(fd)};
       int off = 0;
       for (const int each : {ioctl(fd, FIONBIO, &off), fcntl(fd, F_GETFL) & O_NONBLOCK,
                              fcntl(fd, F_GETFD), fcntl(fd, F_SETFD, FD_CLOEXEC)}) {
         seen.push_back(each);
       }
       close(fd);
       seen.push_back(answer_of(fcntl(fd, F_GETFL)));
       return seen;
     },
     {O_RDWR, 0, O_NONBLOCK, -EAGAIN, 0, 0, FD_CLOEXEC, 0, -EBADF}},
};

POOLPROOF_NET_ON_BOTH_MACHINES(StreamAnswers, kCases);

}  // namespace
}  // namespace poolproof::world
