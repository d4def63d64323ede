#include "integration/fidelity/server_messages.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <utility>

namespace poolproof::integration::fidelity {
namespace {

// Reads a body from its beginning on.
class Reader {
 public:
  explicit Reader(std::string_view body) : rest_(body) {}

  std::int32_t number(std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = value << 8 | (i < rest_.size() ? static_cast<unsigned char>(rest_[i]) : 0U);
    }
    rest_.remove_prefix(std::min(size, rest_.size()));
    return size == 2 ? static_cast<std::int16_t>(value) : static_cast<std::int32_t>(value);
  }
  std::string_view bytes(std::size_t size) {
    const std::string_view result = rest_.substr(0, size);
    rest_.remove_prefix(result.size());
    return result;
  }
  std::string_view text() {
    const std::string_view result = rest_.substr(0, rest_.find('\0'));
    rest_.remove_prefix(std::min(result.size() + 1, rest_.size()));
    return result;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

std::string printable(std::string_view bytes) {
  std::string result;
  for (const char each : bytes) {
    if (std::isprint(static_cast<unsigned char>(each)) != 0) {
      result += each;
    } else {
      char code[5];
      std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned char>(each));
      result += code;
    }
  }
  return result;
}

std::string authentication(Reader body) {
  switch (const std::int32_t code = body.number(4)) {
    case 0: return "ok";
    case 3: return "cleartext password";
    case 5: return "md5 password";
    case 10: {
      std::string mechanisms = "sasl";
      while (body.rest().size() > 1) mechanisms.append(" ").append(body.text());
      return mechanisms;
    }
    case 11: return "sasl goes on " + std::string(body.rest().substr(body.rest().rfind("i=")));
    case 12: return "sasl is done";
    default: return std::to_string(code);
  }
}

std::string columns(Reader body) {
  std::string result;
  for (std::int32_t count = body.number(2); count > 0; --count) {
    result.append(" ").append(body.text());
    body.number(4);  // its table and
    body.number(2);  // its column there
    result.append(":").append(std::to_string(body.number(4)));
    body.number(2);  // the type's size and
    body.number(4);  // modifier
    if (body.number(2) != 0) result += ":binary";
  }
  return result;
}

std::string values(Reader body) {
  std::string result;
  for (std::int32_t count = body.number(2); count > 0; --count) {
    const std::int32_t size = body.number(4);
    if (size < 0) {
      result += " null";
    } else {
      result.append(" '").append(printable(body.bytes(static_cast<std::size_t>(size)))).append("'");
    }
  }
  return result;
}

std::string report(Reader body) {
  std::string severity;
  std::string english;
  std::string sqlstate;
  std::string message;
  while (!body.rest().empty() && body.rest().front() != '\0') {
    const char field = body.bytes(1).front();
    const std::string value = printable(body.text());
    if (field == 'S') severity = value;
    if (field == 'V') english = value;
    if (field == 'C') sqlstate = value;
    if (field == 'M') message = value;
  }
  if (english != severity) severity.append("/").append(english);
  return severity + " " + sqlstate + " " + message;
}

std::string oids(Reader body) {
  std::string result;
  for (std::int32_t count = body.number(2); count > 0; --count) {
    result.append(" ").append(std::to_string(body.number(4)));
  }
  return result;
}

std::string copy_format(Reader body) {
  const std::int32_t format = body.number(1);
  return std::string(format == 0 ? "text" : "binary") + " of " + std::to_string(body.number(2)) +
         " columns";
}

std::string parameter(Reader body) {
  const std::string name(body.text());
  std::string value(body.text());
  if (name == "server_version") value = value.substr(0, value.find('.'));
  return name + "=" + value;
}

std::string notification(Reader body) {
  const std::int32_t process = body.number(4);
  const std::string channel(body.text());
  return channel + " '" + std::string(body.text()) + "' from " + std::to_string(process);
}

}  // namespace

std::int32_t ServerMessage::number(std::size_t at) const {
  return Reader(std::string_view(body).substr(std::min(at, body.size()))).number(4);
}

std::optional<ServerMessage> next_message(std::string& bytes) {
  if (bytes.size() < 5) return std::nullopt;
  const auto length = static_cast<std::size_t>(Reader(std::string_view(bytes).substr(1)).number(4));
  if (bytes.size() < 1 + length) return std::nullopt;
  ServerMessage message{bytes[0], bytes.substr(5, length - 4)};
  bytes.erase(0, 1 + length);
  return message;
}

std::string line_of(const ServerMessage& message) {
  const Reader body(message.body);
  const std::string type(1, message.type);
  switch (message.type) {
    case 'R': return "Authentication " + authentication(body);
    case 'S': return "ParameterStatus " + parameter(body);
    case 'K': return "BackendKeyData";
    case 'Z': return "ReadyForQuery " + message.body;
    case 'T': return "RowDescription" + columns(body);
    case 'D': return "DataRow" + values(body);
    case 'C': return "CommandComplete " + std::string(Reader(body).text());
    case 'I': return "EmptyQueryResponse";
    case 'E': return "Error " + report(body);
    case 'N': return "Notice " + report(body);
    case 'A': return "Notification " + notification(body);
    case '1': return "ParseComplete";
    case '2': return "BindComplete";
    case '3': return "CloseComplete";
    case 't': return "ParameterDescription" + oids(body);
    case 'n': return "NoData";
    case 's': return "PortalSuspended";
    case 'G': return "CopyIn " + copy_format(body);
    case 'H': return "CopyOut " + copy_format(body);
    case 'd': return "CopyData " + printable(message.body);
    case 'c': return "CopyDone";
    case 'v': return "NegotiateProtocolVersion " + std::to_string(message.number());
    default: return type + " " + printable(message.body);
  }
}

void sort_parameters(std::vector<std::string>& lines) {
  const auto is_parameter = [](const std::string& line) {
    return line.starts_with("ParameterStatus ");
  };
  for (auto from = lines.begin(); from != lines.end();) {
    from = std::find_if(from, lines.end(), is_parameter);
    const auto to = std::find_if_not(from, lines.end(), is_parameter);
    std::sort(from, to);
    from = to;
  }
}

}  // namespace poolproof::integration::fidelity
