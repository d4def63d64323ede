// Whatever may be written comes back as it was meant; whatever else is written is refused in one
// line, and harms nothing.
#include <gtest/gtest.h>
#include <libpq-fe.h>
// After GoogleTest, which it does not include itself.
#include <rapidcheck/gtest.h>

#include <memory>

#include <poolproof/settings.hpp>

namespace poolproof {
namespace {

using std::chrono::milliseconds;

std::string encoded(const std::string& text) {
  static constexpr const char* kDigits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      result += c;
    } else {
      result += {'%', kDigits[byte / 16], kDigits[byte % 16]};
    }
  }
  return result;
}

// What libpq reads there; "" if nothing.
std::string parameter(const std::string& conninfo, const std::string& name) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(conninfo.c_str(), nullptr), &PQconninfoFree);
  for (const PQconninfoOption* each = parsed.get(); each && each->keyword; ++each) {
    if (name == each->keyword && each->val != nullptr) return each->val;
  }
  return "";
}

rc::Gen<std::string> word() {
  return rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::nonZero<char>()));
}

rc::Gen<PoolOptions> settings() {
  return rc::gen::map(rc::gen::tuple(rc::gen::inRange(0, 100), rc::gen::inRange(-1, 100),
                                     rc::gen::inRange(0, 100'000), rc::gen::inRange(-1, 100'000),
                                     rc::gen::arbitrary<bool>(), rc::gen::arbitrary<bool>(),
                                     rc::gen::inRange(0, 4)),
                      [](const std::tuple<int, int, int, int, bool, bool, int>& drawn) {
                        const auto& [size, overflow, timeout, recycle, ping, lifo, reset] = drawn;
                        PoolOptions options{.pool_size = size,
                                            .max_overflow = overflow,
                                            .timeout = milliseconds(timeout),
                                            .use_lifo = lifo,
                                            .pre_ping = ping,
                                            .reset_on_return = static_cast<ResetOnReturn>(reset)};
                        if (recycle >= 0) options.recycle = milliseconds(recycle);
                        return options;
                      });
}

const char* name_of(ResetOnReturn how) {
  switch (how) {
    case ResetOnReturn::rollback: return "rollback";
    case ResetOnReturn::commit: return "commit";
    case ResetOnReturn::discard: return "discard";
    case ResetOnReturn::none: return "none";
  }
  return "?";
}

std::string seconds(std::optional<std::chrono::nanoseconds> time) {
  if (!time) return "-1";
  const auto count = std::chrono::duration_cast<milliseconds>(*time).count();
  std::string rest = std::to_string(count % 1000 + 1000);
  return std::to_string(count / 1000) + "." + rest.substr(1);
}

// In this order: what is given is read, whatever else is there.
std::vector<std::pair<const char*, std::string>> pairs(const PoolOptions& options) {
  return {{"pool_size", std::to_string(options.pool_size)},
          {"max_overflow", std::to_string(options.max_overflow)},
          {"timeout", seconds(options.timeout)},
          {"recycle", seconds(options.recycle)},
          {"use_lifo", options.use_lifo ? "true" : "false"},
          {"pre_ping", options.pre_ping ? "true" : "false"},
          {"reset_on_return", name_of(options.reset_on_return)}};
}

void assert_same(const Result<PoolOptions, std::string>& read, const PoolOptions& meant) {
  if (!read) RC_FAIL(read.error());
  RC_ASSERT(read->pool_size == meant.pool_size);
  RC_ASSERT(read->max_overflow == meant.max_overflow);
  RC_ASSERT(read->timeout == meant.timeout);
  RC_ASSERT(read->recycle == meant.recycle);
  RC_ASSERT(read->use_lifo == meant.use_lifo);
  RC_ASSERT(read->pre_ping == meant.pre_ping);
  RC_ASSERT(read->reset_on_return == meant.reset_on_return);
}

RC_GTEST_PROP(SettingsLaws, AUrlIsReadAsItWasMeant, ()) {
  const auto meant = *settings();
  const auto user = *word();
  const auto password = *word();
  const auto database = *word();
  std::string url = "postgresql://" + encoded(user) + ":" + encoded(password) + "@db1:5433,db2/" +
                    encoded(database) + "?sslmode=disable";
  for (const auto& [name, value] : pairs(meant)) {
    const std::string key = name;
    const bool plain = key == "pool_size" || key == "max_overflow";
    url += "&" + (plain ? key : "pool_" + key) + "=" + encoded(value);
  }
  const auto read = read_settings({.database_url = url});
  assert_same(read, meant);
  RC_ASSERT(parameter(read->conninfo, "user") == user);
  RC_ASSERT(parameter(read->conninfo, "password") == password);
  RC_ASSERT(parameter(read->conninfo, "dbname") == database);
  RC_ASSERT(parameter(read->conninfo, "host") == "db1,db2");
  RC_ASSERT(parameter(read->conninfo, "sslmode") == "disable");
}

RC_GTEST_PROP(SettingsLaws, JsonIsReadAsItWasMeant, ()) {
  const auto meant = *settings();
  std::string json;
  for (const auto& [name, value] : pairs(meant)) {
    const bool quoted = std::string(name) == "reset_on_return";
    json += std::string(json.empty() ? "{" : ", ") + "\"" + name +
            "\": " + (quoted ? "\"" + value + "\"" : value);
  }
  assert_same(read_settings({.pool_args = json + "}"}), meant);
}

void assert_harmless(const SettingsText& text) {
  const auto read = read_settings(text);
  if (read) {
    RC_ASSERT(problem(*read) == std::nullopt);
  } else {
    RC_ASSERT(read.error().find('\n') == std::string::npos);
    RC_ASSERT(read.error().starts_with("DATABASE_"));
  }
}

// Pieces of what is right, in any order, meet more of a reader than noise does.
rc::Gen<std::string> pieces(const std::vector<std::string>& of) {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::oneOf(
                          rc::gen::elementOf(of), rc::gen::arbitrary<std::string>())),
                      [](const std::vector<std::string>& drawn) {
                        std::string text;
                        for (const auto& each : drawn) text += each;
                        return text;
                      });
}

RC_GTEST_PROP(SettingsLaws, AnyUrlIsReadOrRefused, ()) {
  const auto rest =
      *pieces({"@",        "/",   "?",   "&",   "=",  ":",    "[",          "]",
               "%",        "%41", "%00", ",",   "db", "5432", "pool_size=", "pool_recycle=",
               "sslmode=", "7",   "-1",  "none"});
  assert_harmless({.database_url = "postgresql://" + rest});
  assert_harmless({.database_url = rest});
}

RC_GTEST_PROP(SettingsLaws, AnyArgumentsAreReadOrRefused, ()) {
  const auto text =
      *pieces({"{", "}", "[", "]", ":", ",", "\"",
               "\"pool_size\":", "\"timeout\":", "\"reset_on_return\":", "\"none\"", "null", "true",
               "-1", "1e999", "0.5", "99999999999999999999", "\\u0000", "\\ud800"});
  assert_harmless({.pool_args = text});
  assert_harmless({.pool_args = "{\"pool_size\": " + text + "}"});
  assert_harmless({.pool_class = text});
}

// Whatever is broken around it.
RC_GTEST_PROP(SettingsLaws, APasswordIsNeverShown, ()) {
  const auto before = *pieces({"@", "/", "?", "&", "=", ":", "%", "#"});
  const auto after = *pieces({"@", "/", "?", "&", "=", ":", "%", "#", "pool_size="});
  const auto query = *rc::gen::element(std::string(), std::string("?pool_size=x"),
                                       std::string("?nothing=1"), std::string("?pool_recycle=-3"));
  const auto read = read_settings(
      {.database_url = "postgresql://me:" + before + "hunter2" + after + "@db/app" + query});
  if (!read) RC_ASSERT(read.error().find("hunter2") == std::string::npos);
}

}  // namespace
}  // namespace poolproof
