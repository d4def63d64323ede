// A URL is libpq's business, but for the settings of the pool in its query: they are cut out, and
// the rest is passed on as it stands, percent-encoding and all.
//
//   postgresql://user:password@host1:port1,host2:port2/dbname?key=value&key=value
#include <libpq-fe.h>

#include <charconv>
#include <memory>

#include "impl/settings.hpp"

namespace poolproof::settings {
namespace {

struct Parts {
  std::string_view before;  // the '?'
  std::string_view query;   // after it
  bool has_query;
};

// nullopt: it is no URL of PostgreSQL. libpq looks for the '@' first, up to a '/', so that a '?'
// before it is part of the password.
std::optional<Parts> parts_of(std::string_view url) {
  std::size_t begin = 0;
  for (const std::string_view scheme : {"postgresql://", "postgres://"}) {
    if (url.starts_with(scheme)) begin = scheme.size();
  }
  if (begin == 0) return std::nullopt;
  const std::size_t stop = url.find_first_of("@/", begin);
  if (stop != std::string_view::npos && url[stop] == '@') begin = stop + 1;
  const std::size_t mark = url.find('?', begin);
  if (mark == std::string_view::npos) return Parts{url, {}, false};
  return Parts{url.substr(0, mark), url.substr(mark + 1), true};
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// nullopt: an '%' without two digits, or a byte 0, which no C string can hold.
std::optional<std::string> decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = digit(text[i + 1]);
    const int low = digit(text[i + 2]);
    if (high < 0 || low < 0 || high + low == 0) return std::nullopt;
    result += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return result;
}

using ConninfoOptions = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

bool libpq_knows(const std::string& name) {
  if (name == "ssl") return true;  // only in a URL: ssl=true
  const ConninfoOptions known(PQconndefaults(), &PQconninfoFree);
  for (const PQconninfoOption* each = known.get(); each && each->keyword; ++each) {
    if (name == each->keyword) return true;
  }
  return known == nullptr;  // memory ran out: let libpq say so
}

// Several are separated by commas; an empty one is the default.
bool are_ports(std::string_view text) {
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view port = text.substr(0, comma);
    int number = 0;
    const auto [rest, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    const bool sound =
        error == std::errc() && rest == port.data() + port.size() && number >= 1 && number <= 65535;
    if (!port.empty() && !sound) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

constexpr const char* kEncode =
    "in a user name or password write %40 for '@', %3A for ':', %2F for '/', %3F for '?', %23 for "
    "'#' and %25 for '%'";

// What libpq would make of it, as far as that can be known before a connect.
Complaint judge(const std::string& conninfo) {
  const ConninfoOptions parsed(PQconninfoParse(conninfo.c_str(), nullptr), &PQconninfoFree);
  if (!parsed) {
    return std::string(
               "libpq cannot parse it; write postgresql://user:password@host:port/dbname, "
               "and ") +
           kEncode;
  }
  for (const PQconninfoOption* each = parsed.get(); each->keyword != nullptr; ++each) {
    if (std::string_view(each->keyword) == "port" && each->val && !are_ports(each->val)) {
      // It is not shown: after a mistake it is the beginning of the password.
      return std::string("the port is not a number from 1 to 65535; ") + kEncode;
    }
  }
  return std::nullopt;
}

}  // namespace

bool may_quote(std::string_view url) {
  const auto parts = parts_of(url);
  return parts && parts->query.find('@') == std::string_view::npos;
}

Complaint read_url(std::string_view url, FoundSettings& found, std::string& conninfo) {
  const auto parts = parts_of(url);
  if (!parts) return "it begins with neither postgresql:// nor postgres://";
  if (url.find('\0') != std::string_view::npos) return "there is a byte 0 in it";
  const bool quotes = may_quote(url);

  conninfo = parts->before;
  char separator = '?';
  std::string_view rest = parts->query;
  for (bool more = parts->has_query && !rest.empty(); more;) {
    const std::size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    more = end != std::string_view::npos;
    if (more) rest.remove_prefix(end + 1);

    const std::size_t equals = pair.find('=');
    const auto name = decoded(pair.substr(0, equals));
    if (equals == std::string_view::npos || !name) {
      return std::string("behind the '?' it is not key=value&key=value; ") + kEncode;
    }
    if (const char* const setting = setting_in_url(*name)) {
      const auto value = decoded(pair.substr(equals + 1));
      if (!value) return *name + ": its percent-encoding is broken; write %25 for '%'";
      if (!found.try_emplace(setting, Found{*name, *value}).second) {
        return *name + ": it is given twice";
      }
      continue;
    }
    if (!libpq_knows(*name)) {
      return (quotes ? *name + ": neither libpq nor the pool knows it"
                     : std::string("a parameter behind the '?' is known neither to libpq nor to "
                                   "the pool")) +
             "; the pool's are " + names_in_url();
    }
    conninfo += separator;
    conninfo += pair;
    separator = '&';
  }
  return judge(conninfo);
}

}  // namespace poolproof::settings
