// What a program's environment may say of its pool, and what is said of it when it is wrong.
#include <poolproof/settings.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "impl/settings.hpp"

namespace poolproof {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Matcher;
using testing::Not;
using testing::StartsWith;
using testing::StrEq;

constexpr const char* kUrl = "postgresql://me@db/app";

Result<PoolOptions, std::string> from_url(const std::string& url) {
  return read_settings({.database_url = url});
}

Result<PoolOptions, std::string> from_args(const std::string& json) {
  return read_settings({.database_url = kUrl, .pool_args = json});
}

std::string wrong_in_url(const std::string& query) {
  const auto options = from_url(std::string(kUrl) + "?" + query);
  return options ? "nothing is wrong" : options.error();
}

std::string wrong_in_args(const std::string& json) {
  const auto options = from_args(json);
  return options ? "nothing is wrong" : options.error();
}

TEST(Settings, AreTheOnesOfADjangoSettingsFile) {
  const auto options =
      read_settings({.database_url = kUrl,
                     .pool_class = "sqlalchemy.pool.QueuePool",
                     .pool_args = R"({"max_overflow": 10, "pool_size": 5, "recycle": 300})"});
  ASSERT_TRUE(options) << options.error();
  EXPECT_EQ(options->conninfo, kUrl);
  EXPECT_EQ(options->pool_class, PoolClass::queue_pool);
  EXPECT_EQ(options->pool_size, 5);
  EXPECT_EQ(options->max_overflow, 10);
  EXPECT_EQ(options->recycle, 300s);
}

TEST(Settings, OfDjangosFormRecycleAfterFiveMinutesUnlessTheySayOtherwise) {
  const auto empty = from_args("{}");
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->pool_size, 5);
  EXPECT_EQ(empty->max_overflow, 10);
  EXPECT_EQ(empty->recycle, 300s);
  EXPECT_EQ(from_args(R"({"recycle": -1})")->recycle, std::nullopt);
  EXPECT_EQ(from_url(kUrl)->recycle, std::nullopt);
}

TEST(Settings, ThatAreMissingAreTheDefaults) {
  const auto options = read_settings({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->conninfo, "");
  EXPECT_EQ(options->pool_size, PoolOptions().pool_size);
  EXPECT_EQ(options->recycle, std::nullopt);
}

TEST(Settings, InJsonHaveTheNamesOfSqlalchemy) {
  const auto options = from_args(R"({"timeout": 0.25, "pre_ping": true, "use_lifo": true,
      "reset_on_return": "commit", "patience": 0.001, "recycle_jitter": 30, "min_idle": 2,
      "idle_timeout": 60, "connect_backoff": 0.5, "track_leases": true, "echo": "debug",
      "logging_name": "mine"})");
  ASSERT_TRUE(options) << options.error();
  EXPECT_EQ(options->timeout, 250ms);
  EXPECT_TRUE(options->pre_ping);
  EXPECT_TRUE(options->use_lifo);
  EXPECT_EQ(options->reset_on_return, ResetOnReturn::commit);
  EXPECT_EQ(options->patience, 1ms);
  EXPECT_EQ(options->recycle_jitter, 30s);
  EXPECT_EQ(options->min_idle, 2);
  EXPECT_EQ(options->idle_timeout, 60s);
  EXPECT_EQ(options->connect_backoff, 500ms);
  EXPECT_TRUE(options->track_leases);
}

TEST(Settings, ThatMayBeOffAreOffByNullAndByWhatSqlalchemyWrites) {
  EXPECT_EQ(from_args(R"({"timeout": null})")->timeout, std::nullopt);
  EXPECT_EQ(from_args(R"({"recycle": null})")->recycle, std::nullopt);
  EXPECT_EQ(from_args(R"({"idle_timeout": -1})")->idle_timeout, std::nullopt);
  for (const char* none : {"null", "false", "\"none\""}) {
    EXPECT_EQ(from_args(std::string(R"({"reset_on_return": )") + none + "}")->reset_on_return,
              ResetOnReturn::none);
  }
  EXPECT_EQ(from_args(R"({"reset_on_return": true})")->reset_on_return, ResetOnReturn::rollback);
}

TEST(Settings, InTheUrlAreTakenOutAndTheRestIsPassedOnAsItStands) {
  const auto options = from_url(
      "postgres://me:s%3Ac%40t@[::1]:5433,db2/my%20app?sslmode=require&pool_size=7&"
      "max_overflow=-1&application_name=a%26b&pool_timeout=none&pool_recycle=60&"
      "pool_pre_ping=true&pool_use_lifo=1&pool_reset_on_return=discard");
  ASSERT_TRUE(options) << options.error();
  EXPECT_EQ(options->conninfo,
            "postgres://me:s%3Ac%40t@[::1]:5433,db2/my%20app?sslmode=require&"
            "application_name=a%26b");
  EXPECT_EQ(options->pool_size, 7);
  EXPECT_EQ(options->max_overflow, -1);
  EXPECT_EQ(options->timeout, std::nullopt);
  EXPECT_EQ(options->recycle, 60s);
  EXPECT_TRUE(options->pre_ping);
  EXPECT_TRUE(options->use_lifo);
  EXPECT_EQ(options->reset_on_return, ResetOnReturn::discard);
}

TEST(Settings, AUrlMayBeAllThatLibpqAccepts) {
  for (const char* url :
       {"postgresql://", "postgres://", "postgresql://localhost", "postgresql://localhost:5433",
        "postgresql:///app", "postgresql:///app?host=/run/postgresql&port=5433",
        "postgresql://%2Frun%2Fpostgresql/app", "postgresql://me@h/app?connect_timeout=10",
        "postgresql://h1:123,h2:456/app?target_session_attrs=any", "postgresql://h/app?ssl=true",
        "postgresql://me:what?ever@h/app", "postgresql://h/app?"}) {
    const auto options = from_url(url);
    EXPECT_TRUE(options) << url << ": " << options.error();
  }
}

TEST(Settings, NameAPoolByItsClass) {
  for (const auto& [name, pool_class] :
       {std::pair("QueuePool", PoolClass::queue_pool),
        {"sqlalchemy.pool.NullPool", PoolClass::null_pool},
        {"sqlalchemy.pool.StaticPool", PoolClass::static_pool},
        {"sqlalchemy.pool.impl.SingletonThreadPool", PoolClass::singleton_thread_pool},
        {"AssertionPool", PoolClass::assertion_pool}}) {
    const auto options = read_settings({.database_url = kUrl, .pool_class = name});
    ASSERT_TRUE(options) << options.error();
    EXPECT_EQ(options->pool_class, pool_class);
    EXPECT_EQ(pool_class_named(name_of(pool_class)), pool_class);
  }
  const auto other = read_settings({.database_url = kUrl, .pool_class = "sqlalchemy.QueuePool"});
  EXPECT_THAT(other.error(), StartsWith("DATABASE_POOL_CLASS: 'sqlalchemy.QueuePool' is no pool; "
                                        "write QueuePool, NullPool"));
}

TEST(Settings, WithABadValueAreNamedWithIt) {
  const auto wrong = [](const char* setting) { return wrong_in_args(setting); };
  EXPECT_EQ(wrong(R"({"pool_size": -1})"),
            "DATABASE_POOL_ARGS: pool_size: -1 is not a whole number from 0 on");
  EXPECT_EQ(wrong(R"({"pool_size": 5.5})"),
            "DATABASE_POOL_ARGS: pool_size: 5.500000 is not a whole number from 0 on");
  EXPECT_EQ(wrong(R"({"max_overflow": -2})"),
            "DATABASE_POOL_ARGS: max_overflow: -2 is not a whole number from 0 on, or -1 for no "
            "limit");
  EXPECT_THAT(wrong(R"({"timeout": -1})"), HasSubstr("timeout: -1 is not a number of seconds"));
  EXPECT_THAT(wrong(R"({"timeout": 1e10})"), HasSubstr("timeout: "));
  EXPECT_THAT(wrong(R"({"recycle": -2})"), HasSubstr("recycle: -2 is not a number of seconds"));
  EXPECT_THAT(wrong(R"({"pre_ping": 1})"), HasSubstr("pre_ping: 1 is not true or false"));
  EXPECT_THAT(wrong(R"({"use_lifo": null})"), HasSubstr("use_lifo: null is not true or false"));
  EXPECT_THAT(wrong(R"({"reset_on_return": "rolback"})"),
              HasSubstr("reset_on_return: 'rolback' is not rollback, commit, discard or none"));
  EXPECT_THAT(wrong(R"({"patience": -0.5})"), HasSubstr("patience: -0.500000 is not a number"));
  EXPECT_THAT(wrong(R"({"recycle_jitter": true})"), HasSubstr("recycle_jitter: true is not"));
  EXPECT_THAT(wrong(R"({"recycle_jitter": 301})"), HasSubstr("recycle_jitter: it is more than"));
  EXPECT_THAT(wrong(R"({"min_idle": 6})"), HasSubstr("min_idle: 6 is not between 0 and pool_size"));
  EXPECT_THAT(wrong(R"({"idle_timeout": -2})"), HasSubstr("idle_timeout: -2 is not a number"));
  EXPECT_THAT(wrong(R"({"connect_backoff": null})"), HasSubstr("connect_backoff: null is not"));
  EXPECT_THAT(wrong(R"({"track_leases": "yes"})"), HasSubstr("track_leases: it is a string"));
}

TEST(Settings, InTheUrlWithABadValueAreNamedAsTheyAreThere) {
  EXPECT_EQ(wrong_in_url("pool_recycle=soon"),
            "DATABASE_URL: pool_recycle: 'soon' is not a number of seconds from 0 on, or -1 for "
            "never");
  EXPECT_THAT(wrong_in_url("pool_size=5x"), HasSubstr("pool_size: '5x' is not a whole number"));
  EXPECT_THAT(wrong_in_url("pool_pre_ping=maybe"), HasSubstr("pool_pre_ping: 'maybe' is not true"));
  EXPECT_THAT(wrong_in_url("pool_size=5&pool_size=6"), HasSubstr("pool_size: it is given twice"));
  EXPECT_THAT(wrong_in_url("pool_size=%zz"), HasSubstr("pool_size: its percent-encoding"));
  EXPECT_THAT(wrong_in_url("pool_sice=5"), HasSubstr("pool_sice: neither libpq nor the pool"));
  EXPECT_THAT(wrong_in_url("pool_size"), HasSubstr("it is not key=value"));
}

// Whatever is added to the table later.
TEST(Settings, AreAllNamedWhenTheirValueIsBadInEitherPlace) {
  const auto each = [](std::string names, const auto& check) {
    int count = 0;
    for (std::istringstream stream(std::move(names)); stream >> std::ws && !stream.eof(); ++count) {
      std::string name;
      std::getline(stream, name, ',');
      check(name);
    }
    EXPECT_EQ(count, 15);
  };
  each(settings::names_in_json(), [](const std::string& name) {
    for (const char* bad : {"{}", "[]"}) {
      EXPECT_THAT(wrong_in_args("{\"" + name + "\": " + bad + "}"),
                  StartsWith("DATABASE_POOL_ARGS: " + name + ": it is a"));
    }
    const bool may_be_anything = name == "echo" || name == "logging_name";
    EXPECT_THAT(wrong_in_args("{\"" + name + "\": \"bad\"}"),
                may_be_anything ? Matcher<std::string>(StrEq("nothing is wrong"))
                                : StartsWith("DATABASE_POOL_ARGS: " + name + ": "));
  });
  each(settings::names_in_url(), [](const std::string& name) {
    EXPECT_THAT(wrong_in_url(name + "=%zz"),
                StartsWith("DATABASE_URL: " + name + ": its percent-encoding"));
    EXPECT_THAT(wrong_in_url(name), HasSubstr("it is not key=value"));
    const bool may_be_anything = name == "echo_pool" || name == "pool_logging_name";
    EXPECT_THAT(wrong_in_url(name + "=bad"),
                may_be_anything ? Matcher<std::string>(StrEq("nothing is wrong"))
                                : StartsWith("DATABASE_URL: " + name + ": 'bad' is not "));
  });
}

TEST(Settings, ThatNobodyKnowsAreNamed) {
  EXPECT_THAT(wrong_in_args(R"({"pool_sise": 5})"),
              StartsWith("DATABASE_POOL_ARGS: pool_sise: no such setting of a pool; they are "
                         "pool_size, max_overflow"));
  EXPECT_THAT(wrong_in_args(R"({"events": []})"), HasSubstr("events: code cannot be written"));
  EXPECT_THAT(wrong_in_args(R"({"pool_size": 5, "pool_size": 6})"),
              HasSubstr("pool_size: it is given twice"));
  EXPECT_THAT(wrong_in_args(R"({"pool_size": [5]})"), HasSubstr("pool_size: it is a list"));
}

TEST(Settings, ThatAreNoJsonSayWhereItEnds) {
  EXPECT_THAT(wrong_in_args("{'pool_size': 5}"),
              StartsWith("DATABASE_POOL_ARGS: it is no JSON from byte 2 on; write "));
  EXPECT_THAT(wrong_in_args("5"), HasSubstr("it is no JSON object"));
  EXPECT_THAT(wrong_in_args(R"({"timeout": 1e999})"), StartsWith("DATABASE_POOL_ARGS: "));
}

TEST(Settings, InBothPlacesMustAgree) {
  const std::string url = std::string(kUrl) + "?pool_size=7&pool_recycle=60";
  const auto read = [&](const char* args) {
    return read_settings({.database_url = url, .pool_args = args});
  };
  EXPECT_EQ(read("{}")->recycle, 60s);
  EXPECT_EQ(read(R"({"pool_size": 7})")->pool_size, 7);
  EXPECT_THAT(read(R"({"pool_size": 8})").error(),
              HasSubstr("pool_size: DATABASE_URL gives another value; give it once"));
}

TEST(Settings, OfAUrlThatIsBrokenSayHowToMendIt) {
  EXPECT_THAT(from_url("mysql://db/app").error(),
              "DATABASE_URL: it begins with neither postgresql:// nor postgres://");
  EXPECT_THAT(from_url("postgresql://db:0/app").error(), HasSubstr("the port is not a number"));
  EXPECT_THAT(from_url("postgresql://db:5432,db2:99999/app").error(), HasSubstr("the port"));
  EXPECT_THAT(from_url("postgresql://[::1/app").error(), HasSubstr("libpq cannot parse it; write"));
}

// A password that should have been percent-encoded ends up in any part of the URL.
TEST(Settings, NeverShowAPassword) {
  for (const char* broken :
       {"postgresql://me:hunter2%zz@db/app", "postgresql://me:hunter2/x@db/app",
        "postgresql://me:x/y?hunter2=1@db/app", "postgresql://me:p@x?hunter2=1@db/app",
        "postgresql://me:x/y?pool_size=hunter2@db/app", "postgresql://me:a@b:hunter2@db/app",
        "hunter2://me:hunter2@db", "postgresql://me:x@db/a?password=hunter2&pool_size=x",
        "postgresql://me:[hunter2@db/app?x", "postgresql://me:hunter2 @db:x/app"}) {
    const auto options = from_url(broken);
    ASSERT_FALSE(options) << broken;
    EXPECT_THAT(options.error(), AllOf(StartsWith("DATABASE_URL: "), Not(HasSubstr("hunter2"))))
        << broken;
  }
}

TEST(Settings, ComeFromTheEnvironment) {
  setenv("DATABASE_URL", kUrl, 1);
  setenv("DATABASE_POOL_CLASS", "", 1);
  unsetenv("DATABASE_POOL_ARGS");
  const SettingsText text = settings_of_environment();
  EXPECT_EQ(text.database_url, kUrl);
  EXPECT_EQ(text.pool_class, std::nullopt);
  EXPECT_EQ(text.pool_args, std::nullopt);
}

}  // namespace
}  // namespace poolproof
