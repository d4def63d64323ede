#include "props/world/postgres/values.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdlib>

namespace poolproof::world::postgres {
namespace {

struct Described {
  Type type;
  std::string_view name;
  std::string_view title;
  std::int16_t size;
};

constexpr std::array<Described, 25> kTypes{{
    {Type::boolean, "bool", "boolean", 1},
    {Type::bytea, "bytea", "bytea", -1},
    {Type::name, "name", "name", 64},
    {Type::int8, "int8", "bigint", 8},
    {Type::int2, "int2", "smallint", 2},
    {Type::int4, "int4", "integer", 4},
    {Type::text, "text", "text", -1},
    {Type::oid, "oid", "oid", 4},
    {Type::float4, "float4", "real", 4},
    {Type::float8, "float8", "double precision", 8},
    {Type::unknown, "unknown", "unknown", -2},
    {Type::varchar, "varchar", "character varying", -1},
    {Type::date, "date", "date", 4},
    {Type::timestamp, "timestamp", "timestamp without time zone", 8},
    {Type::timestamptz, "timestamptz", "timestamp with time zone", 8},
    {Type::interval, "interval", "interval", 16},
    {Type::numeric, "numeric", "numeric", -1},
    {Type::nothing, "void", "void", 4},
    {Type{114}, "json", "json", -1},
    {Type{3802}, "jsonb", "jsonb", -1},
    {Type{2950}, "uuid", "uuid", 16},
    {Type{869}, "inet", "inet", -1},
    {Type{1042}, "bpchar", "character", -1},
    {Type{2205}, "regclass", "regclass", 4},
    {Type{28}, "xid", "xid", 4},
}};

const Described& described(Type type) {
  const auto* const found = std::find_if(kTypes.begin(), kTypes.end(),
                                         [&](const Described& each) { return each.type == type; });
  static constexpr Described kOther{Type::text, "text", "text", -1};
  return found == kTypes.end() ? kOther : *found;
}

std::pair<std::int64_t, std::int64_t> range_of(Type type) {
  switch (type) {
    case Type::int2: return {INT16_MIN, INT16_MAX};
    case Type::int4: return {INT32_MIN, INT32_MAX};
    case Type::oid: return {0, UINT32_MAX};
    default: return {INT64_MIN, INT64_MAX};
  }
}

std::string big_endian(std::uint64_t number, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = size; i-- > 0; number >>= 8) bytes[i] = static_cast<char>(number & 0xff);
  return bytes;
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n\r");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\n\r") - first + 1));
}

}  // namespace

std::optional<Type> type_named(std::string_view name) {
  if (name == "int") name = "int4";
  if (name == "decimal") name = "numeric";
  if (name == "char") name = "bpchar";
  const auto* const found = std::find_if(kTypes.begin(), kTypes.end(), [&](const Described& each) {
    return each.name == name || each.title == name;
  });
  return found == kTypes.end() ? std::nullopt : std::optional(found->type);
}

std::string_view name_of(Type type) { return described(type).name; }
std::string_view title_of(Type type) { return described(type).title; }
std::int16_t size_of(Type type) { return described(type).size; }

bool is_integer(Type type) {
  return type == Type::int2 || type == Type::int4 || type == Type::int8 || type == Type::oid;
}

std::optional<std::int64_t> to_integer(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> to_real(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Any beginning of a word that no other shares, as PostgreSQL takes it.
std::optional<bool> to_boolean(std::string_view text) {
  std::string lower = trimmed(text);
  for (char& each : lower) each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
  if (lower.empty()) return std::nullopt;
  const std::string_view given = lower;
  const auto begins = [&](std::string_view word, std::size_t least) {
    return given.size() >= least && word.starts_with(given);
  };
  if (begins("true", 1) || begins("yes", 1) || given == "1" || given == "on") return true;
  if (begins("false", 1) || begins("no", 1) || given == "0" || begins("off", 2)) return false;
  return std::nullopt;
}

std::optional<Failure> convert(Value& value, Type type) {
  const Type from = value.type;
  value.type = type;
  if (value.null || from == type) return std::nullopt;
  const auto invalid = [&] {
    return Failure{"22P02", "invalid input syntax for type " + std::string(title_of(type)) +
                                ": \"" + value.text + "\""};
  };
  if (is_integer(type)) {
    if (from == Type::boolean) {
      value.text.assign(1, value.text == "t" ? '1' : '0');
      return std::nullopt;
    }
    auto number = to_integer(trimmed(value.text));
    if (!number && (from == Type::numeric || from == Type::float8)) {
      const auto real = to_real(value.text);
      if (real) number = static_cast<std::int64_t>(*real < 0 ? *real - 0.5 : *real + 0.5);
    }
    if (!number) return invalid();
    const auto [least, most] = range_of(type);
    if (*number < least || *number > most) {
      if (from == Type::unknown || from == Type::text) {
        return Failure{"22003", "value \"" + value.text + "\" is out of range for type " +
                                    std::string(title_of(type))};
      }
      return Failure{"22003", std::string(title_of(type)) + " out of range"};
    }
    value.text = std::to_string(*number);
  } else if (type == Type::boolean) {
    if (is_integer(from)) {
      value.text.assign(1, value.text == "0" ? 'f' : 't');
      return std::nullopt;
    }
    const auto yes = to_boolean(value.text);
    if (!yes) return invalid();
    value.text.assign(1, *yes ? 't' : 'f');
  } else if (type == Type::float4 || type == Type::float8 || type == Type::numeric) {
    value.text = trimmed(value.text);
    if (!to_real(value.text)) return invalid();
  } else if (from == Type::boolean) {
    value.text = std::string(value.text == "t" ? "true" : "false");
  }
  return std::nullopt;
}

std::string to_binary(const Value& value) {
  if (is_integer(value.type)) {
    const auto number = static_cast<std::uint64_t>(to_integer(value.text).value_or(0));
    return big_endian(number, static_cast<std::size_t>(size_of(value.type)));
  }
  if (value.type == Type::boolean) return std::string(1, value.text == "t" ? '\1' : '\0');
  if (value.type == Type::float8) {
    return big_endian(std::bit_cast<std::uint64_t>(to_real(value.text).value_or(0)), 8);
  }
  if (value.type == Type::float4) {
    const auto number = static_cast<float>(to_real(value.text).value_or(0));
    return big_endian(std::bit_cast<std::uint32_t>(number), 4);
  }
  return value.text;
}

std::optional<std::string> from_binary(std::string_view bytes, Type type) {
  if (!is_integer(type) && type != Type::boolean) return std::string(bytes);
  if (bytes.size() != static_cast<std::size_t>(size_of(type))) return std::nullopt;
  std::uint64_t number = 0;
  for (const char each : bytes) number = number << 8 | static_cast<unsigned char>(each);
  switch (type) {
    case Type::boolean: return number != 0 ? "t" : "f";
    case Type::int2: return std::to_string(static_cast<std::int16_t>(number));
    case Type::int4: return std::to_string(static_cast<std::int32_t>(number));
    default: return std::to_string(static_cast<std::int64_t>(number));
  }
}

}  // namespace poolproof::world::postgres
