// The values of SQL as far as the simulated server knows them: a type and a text. Names, sizes and
// binary forms are those of PostgreSQL 15's pg_type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace poolproof::world::postgres {

// By OID; others than these occur, too, and are handled as text.
enum class Type : std::int32_t {
  boolean = 16,
  bytea = 17,
  name = 19,
  int8 = 20,
  int2 = 21,
  int4 = 23,
  text = 25,
  oid = 26,
  float4 = 700,
  float8 = 701,
  unknown = 705,
  varchar = 1043,
  date = 1082,
  timestamp = 1114,
  timestamptz = 1184,
  interval = 1186,
  numeric = 1700,
  nothing = 2278,  // "void"
};

std::optional<Type> type_named(std::string_view name);
// As a column is called that has no better name.
std::string_view name_of(Type type);
// As messages call it.
std::string_view title_of(Type type);
// In bytes; -1: variable.
std::int16_t size_of(Type type);
bool is_integer(Type type);

struct Value {
  Type type = Type::unknown;
  std::string text = {};
  bool null = false;

  static Value integer(std::int64_t number, Type type = Type::int4) {
    return {type, std::to_string(number)};
  }
  static Value boolean(bool yes) { return {Type::boolean, yes ? "t" : "f"}; }
};

std::optional<std::int64_t> to_integer(std::string_view text);
std::optional<double> to_real(std::string_view text);
std::optional<bool> to_boolean(std::string_view text);

// What went wrong, as ErrorResponse tells it.
struct Failure {
  std::string sqlstate;
  std::string message;
};

// Makes it a value of that type, if its text allows.
std::optional<Failure> convert(Value& value, Type type);

// The formats of protocol 3.0. A type without a binary form of its own here has its text.
std::string to_binary(const Value& value);
std::optional<std::string> from_binary(std::string_view bytes, Type type);

struct Column {
  std::string name;
  Type type = Type::text;
};
using Row = std::vector<Value>;

}  // namespace poolproof::world::postgres
