// Names and addresses. A task never reaches the real resolver: numeric addresses resolve, and these
// names do, whatever the real machine calls itself. Reading a number is left to the C library.
//
//   primary    192.0.2.1    the two hosts of the simulated network
//   standby    192.0.2.2
//   localhost  ::1, 127.0.0.1
#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string_view>

#include "props/world/interpose/inside.hpp"

namespace {

struct Host {
  const char* name;
  const char* address;
  int family;
};

constexpr Host kHosts[] = {
    {"primary", "192.0.2.1", AF_INET},
    {"standby", "192.0.2.2", AF_INET},
    {"localhost", "::1", AF_INET6},
    {"localhost", "127.0.0.1", AF_INET},
};

// The one service that has a name here.
constexpr std::string_view kServiceName = "postgresql";
constexpr const char* kService = "5432";

bool is_known(const char* name) {
  return std::any_of(std::begin(kHosts), std::end(kHosts),
                     [&](const Host& each) { return std::strcmp(each.name, name) == 0; });
}

// The name of that address; null if it has none.
const char* name_of(const char* address) {
  const auto* const found =
      std::find_if(std::begin(kHosts), std::end(kHosts),
                   [&](const Host& each) { return std::strcmp(each.address, address) == 0; });
  return found == std::end(kHosts) ? nullptr : found->name;
}

// As getnameinfo() hands out a text.
int hand_out(const char* text, char* room, socklen_t size) {
  const std::size_t length = std::strlen(text);
  if (length >= size) return EAI_OVERFLOW;
  std::memcpy(room, text, length + 1);
  return 0;
}

}  // namespace

extern "C" {

int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** result) {
  POOLPROOF_INSIDE_OR_RETURN(getaddrinfo, name, service, hints, result);
  addrinfo asked{};
  if (hints != nullptr) asked = *hints;
  const bool wants_number = (asked.ai_flags & AI_NUMERICHOST) != 0;
  const bool wants_name = (asked.ai_flags & AI_CANONNAME) != 0;
  asked.ai_flags &= ~(AI_ADDRCONFIG | AI_CANONIDN | AI_IDN);  // they ask the real machine
  if (service != nullptr && service == kServiceName) service = kService;
  if (service != nullptr) asked.ai_flags |= AI_NUMERICSERV;
  if (name == nullptr) return real_getaddrinfo(name, service, &asked, result);
  asked.ai_flags |= AI_NUMERICHOST;
  if (wants_number || !is_known(name)) return real_getaddrinfo(name, service, &asked, result);

  int answer = EAI_NODATA;
  *result = nullptr;
  addrinfo** end = result;
  for (const Host& each : kHosts) {
    const bool fits = asked.ai_family == AF_UNSPEC || asked.ai_family == each.family;
    if (std::strcmp(each.name, name) != 0 || !fits) continue;
    const int error = real_getaddrinfo(each.address, service, &asked, end);
    if (error != 0) return error;
    answer = 0;
    while (*end != nullptr) end = &(*end)->ai_next;
  }
  if (answer == 0 && wants_name) {
    std::free((*result)->ai_canonname);  // as freeaddrinfo() will
    (*result)->ai_canonname = strdup(name);
  }
  return answer;
}

int getnameinfo(const sockaddr* address, socklen_t size, char* name, socklen_t name_size,
                char* service, socklen_t service_size, int flags) {
  POOLPROOF_INSIDE_OR_RETURN(getnameinfo, address, size, name, name_size, service, service_size,
                             flags);
  const int numeric = (flags & ~NI_NAMEREQD) | NI_NUMERICHOST | NI_NUMERICSERV;
  const int error =
      real_getnameinfo(address, size, name, name_size, service, service_size, numeric);
  const bool by_name = name != nullptr && name_size > 0 && (flags & NI_NUMERICHOST) == 0;
  if (error != 0 || !by_name || address->sa_family == AF_UNIX) return error;
  const char* const known = name_of(name);
  if (known != nullptr) return hand_out(known, name, name_size);
  return (flags & NI_NAMEREQD) != 0 ? EAI_NONAME : 0;
}

// As its answer, what it points to is overwritten by the next call.
hostent* gethostbyname(const char* name) {
  POOLPROOF_INSIDE_OR_RETURN(gethostbyname, name);
  static in_addr address;
  static char* addresses[] = {reinterpret_cast<char*>(&address), nullptr};
  static char* no_aliases[] = {nullptr};
  static char known_as[NI_MAXHOST];
  static hostent answer{known_as, no_aliases, AF_INET, sizeof address, addresses};
  const auto* const found =
      std::find_if(std::begin(kHosts), std::end(kHosts), [&](const Host& each) {
        return each.family == AF_INET && std::strcmp(each.name, name) == 0;
      });
  const char* const number = found == std::end(kHosts) ? name : found->address;
  if (std::strlen(name) >= sizeof known_as || inet_pton(AF_INET, number, &address) != 1) {
    h_errno = HOST_NOT_FOUND;
    return nullptr;
  }
  std::memcpy(known_as, name, std::strlen(name) + 1);
  return &answer;
}

}  // extern "C"
