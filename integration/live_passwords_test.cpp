// A password is the server's and libpq's: whatever goes wrong, the pool never says it.
#include <gmock/gmock.h>

#include <mutex>
#include <thread>

#include <poolproof/registry.hpp>
#include <poolproof/server_limit.hpp>
#include <poolproof/settings.hpp>
#include <poolproof/transaction.hpp>

#include "integration/live_pool.hpp"
#include "integration/private_postgres.hpp"

namespace poolproof::integration {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kSecret = "hunter2";

// Everything that a pool tells anybody, in one text.
class LivePasswords : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto started = PrivatePostgres::start(
        {.access = "local all postgres trust\nlocal all all scram-sha-256\n"});
    ASSERT_TRUE(started) << started.error();
    server_ = std::make_unique<PrivatePostgres>(*std::move(started));
    auto admin = Connection::connect(server_->conninfo(), std::nullopt);
    ASSERT_TRUE(admin) << admin.error().message;
    query(admin->native(), "CREATE ROLE me LOGIN PASSWORD 'hunter2'");
  }
  static void TearDownTestSuite() { server_.reset(); }

  ~LivePasswords() override {
    EXPECT_THAT(told_, Not(HasSubstr(kSecret)));
    EXPECT_FALSE(told_.empty());
  }

  PoolOptions options_with(const std::string& password) {
    return {
        .conninfo = "host=" + server_->folder() + " dbname=postgres user=me password=" + password,
        .pool_size = 1,
        .max_overflow = 0,
        .timeout = 20s,
        .pre_ping = true,
        .connect_backoff = 1min,
        .track_leases = true,
        .log = [this](const std::string& line) { tell(line); }};
  }

  void tell(const std::string& text) {
    const std::lock_guard lock(mutex_);
    told_ += text + "\n";
  }
  void tell_all(const Pool& pool) {
    tell(to_string(pool.status()));
    tell(to_prometheus(pool.metrics(), "app"));
    for (const HeldLease& each : pool.held_longer_than(0s)) tell(to_string(each));
  }

  static inline std::unique_ptr<PrivatePostgres> server_;

 private:
  std::mutex mutex_;
  std::string told_;
};

TEST_F(LivePasswords, AreNotInWhatAPoolTellsOfItself) {
  Pool pool(options_with(kSecret));
  Lease lease = acquired(pool);
  tell_all(pool);
  const auto limit = ask_server_limit(lease.native());
  ASSERT_TRUE(limit) << limit.error();
  tell(shortage(pool.options(), *limit, 1000).value());
  auto none = pool.acquire(1ms);
  ASSERT_FALSE(none);
  tell(none.error().message);
}

TEST_F(LivePasswords, AreNotInTheErrorOfAConnectThatTheServerRefuses) {
  for (const char* wrong : {"nohunter2", "'hunter2 no'"}) {
    Pool pool(options_with(wrong));
    for (int i = 0; i < 2; ++i) {  // the second is refused by the back-off, which quotes the first
      auto refused = pool.acquire();
      ASSERT_FALSE(refused);
      EXPECT_THAT(refused.error().message, HasSubstr("password authentication failed"));
      tell(refused.error().message);
    }
    const auto not_run = in_transaction(pool, [](PGconn*) {});
    ASSERT_FALSE(not_run);
    tell(not_run.error().message);
    tell(pool.warm_up(1, 1s).value().message);
    tell_all(pool);
  }
}

TEST_F(LivePasswords, AreNotInWhatIsSaidOfBadOptions) {
  PoolOptions bad = options_with(kSecret);
  bad.conninfo += " hunter2=1";
  tell(problem(bad).value());
  Registry registry;
  const auto pool = registry.pool(bad);
  ASSERT_FALSE(pool);
  tell(pool.error());
  EXPECT_DEATH(Pool{bad}, Not(HasSubstr(kSecret)));
}

}  // namespace
}  // namespace poolproof::integration
