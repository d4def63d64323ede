// Names and addresses, as a task looks them up.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>

#include <cstring>
#include <string>
#include <vector>

#include "props/world/world_fixture.hpp"

namespace poolproof::world {
namespace {

using testing::ElementsAre;

class Names : public WorldFixture {
 protected:
  // Each "address port", or one error.
  static std::vector<std::string> look_up(const char* name, const char* service,
                                          addrinfo hints = {}) {
    if (hints.ai_socktype == 0) hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error = getaddrinfo(name, service, &hints, &found);
    if (error != 0) return {gai_strerror(error)};
    std::vector<std::string> all;
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
      char host[INET6_ADDRSTRLEN];
      char port[16];
      getnameinfo(each->ai_addr, each->ai_addrlen, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV);
      all.push_back(std::string(host) + " " + port);
    }
    freeaddrinfo(found);
    return all;
  }

  static std::string name_of(const char* number, int flags = 0, socklen_t room = NI_MAXHOST) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    inet_pton(AF_INET, number, &address.sin_addr);
    std::string name(room, '\0');
    const int error = getnameinfo(reinterpret_cast<const sockaddr*>(&address), sizeof address,
                                  name.data(), room, nullptr, 0, flags);
    return error == 0 ? std::string(name.c_str()) : gai_strerror(error);
  }

  // What `body` answers in a task.
  template <class Body>
  auto inside(Body body) {
    decltype(body()) answer{};
    EXPECT_EQ(run([&] { answer = body(); }), Ending::finished) << refusal();
    return answer;
  }
};

TEST_F(Names, OfTheSimulatedNetworkResolve) {
  EXPECT_THAT(inside([] { return look_up("primary", "5432"); }), ElementsAre("192.0.2.1 5432"));
  EXPECT_THAT(inside([] { return look_up("standby", "postgresql"); }),
              ElementsAre("192.0.2.2 5432"));
  EXPECT_THAT(inside([] { return look_up("localhost", "1"); }),
              ElementsAre("::1 1", "127.0.0.1 1"));
}

TEST_F(Names, ResolveInOneFamilyOnly) {
  addrinfo old{};
  old.ai_family = AF_INET;
  addrinfo six{};
  six.ai_family = AF_INET6;
  EXPECT_THAT(inside([&] { return look_up("localhost", "1", old); }), ElementsAre("127.0.0.1 1"));
  EXPECT_THAT(inside([&] { return look_up("localhost", "1", six); }), ElementsAre("::1 1"));
  EXPECT_THAT(inside([&] { return look_up("primary", "1", six); }),
              ElementsAre(gai_strerror(EAI_NODATA)));
}

TEST_F(Names, ThatAreNumbersResolve) {
  EXPECT_THAT(inside([] { return look_up("10.1.2.3", "7"); }), ElementsAre("10.1.2.3 7"));
  EXPECT_THAT(inside([] { return look_up("2001:db8::7", nullptr); }), ElementsAre("2001:db8::7 0"));
  EXPECT_THAT(inside([] { return look_up(nullptr, "7"); }), ElementsAre("::1 7", "127.0.0.1 7"));
}

TEST_F(Names, OfNobodyDoNotResolve) {
  addrinfo number{};
  number.ai_flags = AI_NUMERICHOST;
  const auto unknown = ElementsAre(gai_strerror(EAI_NONAME));
  EXPECT_THAT(inside([] { return look_up("example.com", "1"); }), unknown);
  EXPECT_THAT(inside([] { return look_up("", "1"); }), unknown);
  EXPECT_THAT(inside([&] { return look_up("primary", "1", number); }), unknown);
  EXPECT_THAT(inside([] { return look_up("primary", "no-such-service"); }), unknown);
}

TEST_F(Names, AreKnownByWhatTheyWereAskedFor) {
  EXPECT_EQ(inside([] {
              addrinfo hints{};
              hints.ai_flags = AI_CANONNAME;
              addrinfo* found = nullptr;
              getaddrinfo("standby", nullptr, &hints, &found);
              std::string name = found->ai_canonname;
              freeaddrinfo(found);
              return name;
            }),
            "standby");
}

TEST_F(Names, OfAddressesAreFound) {
  EXPECT_EQ(inside([] { return name_of("192.0.2.2"); }), "standby");
  EXPECT_EQ(inside([] { return name_of("192.0.2.2", NI_NUMERICHOST); }), "192.0.2.2");
  EXPECT_EQ(inside([] { return name_of("192.0.2.77"); }), "192.0.2.77");
  EXPECT_EQ(inside([] { return name_of("192.0.2.77", NI_NAMEREQD); }), gai_strerror(EAI_NONAME));
}

TEST_F(Names, AreFoundTheOldWay) {
  const auto address_of = [](const char* name) {
    const hostent* const host = gethostbyname(name);
    if (host == nullptr) return std::string(hstrerror(h_errno));
    char text[INET_ADDRSTRLEN];
    return std::string(host->h_name) + " " +
           inet_ntop(AF_INET, host->h_addr_list[0], text, sizeof text);
  };
  EXPECT_EQ(inside([&] { return address_of("primary"); }), "primary 192.0.2.1");
  EXPECT_EQ(inside([&] { return address_of("192.0.2.1"); }), "192.0.2.1 192.0.2.1");
  EXPECT_EQ(inside([&] { return address_of("example.com"); }), hstrerror(HOST_NOT_FOUND));
}

}  // namespace
}  // namespace poolproof::world
