#include "props/world/postgres/evaluator.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "props/world/postgres/server.hpp"

namespace poolproof::world::postgres {
namespace {

using Kind = Expression::Kind;

bool is_real(Type type) {
  return type == Type::numeric || type == Type::float4 || type == Type::float8;
}

std::string printed(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.15g", number);
  return text;
}

// What a string is, it is made by what it meets.
int compare(const Value& left, const Value& right) {
  const bool numbers =
      is_integer(left.type) || is_real(left.type) || is_integer(right.type) || is_real(right.type);
  const auto one = to_real(left.text), other = to_real(right.text);
  if (numbers && one && other) return *one < *other ? -1 : *one > *other ? 1 : 0;
  return left.text.compare(right.text);
}

bool holds(std::string_view operation, int order) {
  if (operation == "=") return order == 0;
  if (operation == "<>") return order != 0;
  if (operation == "<") return order < 0;
  if (operation == ">") return order > 0;
  return operation == "<=" ? order <= 0 : order >= 0;
}

// AND and OR over true, false and unknown.
Value logic(std::string_view operation, const Value& left, const Value& right) {
  const std::string_view decides = operation == "and" ? "f" : "t";
  for (const Value* each : {&left, &right}) {
    if (!each->null && each->text == decides) return Value::boolean(decides == "t");
  }
  if (left.null || right.null) return {Type::boolean, {}, true};
  return Value::boolean(decides != "t");
}

}  // namespace

std::optional<Value> Evaluator::fail(std::string_view sqlstate, std::string message) {
  failure_ = Failure{std::string(sqlstate), std::move(message)};
  return std::nullopt;
}

std::optional<Value> Evaluator::value(const Expression& expression, const Row* row,
                                      const std::vector<Row>* rows) {
  row_ = row;
  rows_ = rows;
  switch (expression.kind) {
    case Kind::literal: return Value{expression.type, expression.text, expression.null};
    case Kind::parameter:
      if (execution_.parameters.size() < expression.number) {
        return fail("42P02", "there is no parameter $" + std::to_string(expression.number));
      }
      return execution_.parameters[expression.number - 1];
    case Kind::column: {
      for (std::size_t i = 0; row != nullptr && i < columns_.size(); ++i) {
        if (columns_[i].name == expression.text) return (*row)[i];
      }
      return Value{.null = true};
    }
    case Kind::star: return Value{.null = true};
    case Kind::cast: {
      auto of = value(expression.arguments.front(), row, rows);
      if (!of) return std::nullopt;
      if (auto failure = convert(*of, expression.type)) {
        return fail(failure->sqlstate, failure->message);
      }
      return of;
    }
    case Kind::unary: {
      auto of = value(expression.arguments.front(), row, rows);
      return of ? unary(expression, std::move(*of)) : std::nullopt;
    }
    case Kind::binary: return binary(expression);
    case Kind::call: return call(expression);
  }
  return std::nullopt;
}

std::optional<Value> Evaluator::unary(const Expression& expression, Value of) {
  const std::string& operation = expression.text;
  if (operation.starts_with("is")) {
    const bool negated = operation.starts_with("is not");
    const bool is = operation.ends_with("null") ? of.null
                    : of.null                   ? false
                                                : (of.text == "t") == operation.ends_with("true");
    return Value::boolean(is != negated);
  }
  if (of.null) return of;
  if (operation == "not") return Value::boolean(of.text != "t");
  return arithmetic("-", {of.type, "0"}, of);
}

std::optional<Value> Evaluator::binary(const Expression& expression) {
  const Row* const row = row_;
  const std::vector<Row>* const rows = rows_;
  const auto left = value(expression.arguments[0], row, rows);
  if (!left) return std::nullopt;
  const auto right = value(expression.arguments[1], row, rows);
  if (!right) return std::nullopt;
  const std::string& operation = expression.text;
  if (operation == "and" || operation == "or") return logic(operation, *left, *right);
  const bool calculates = operation.size() == 1 && operation.find_first_of("+-*/%") == 0;
  if (left->null || right->null) {
    return Value{calculates          ? Type::int4
                 : operation == "||" ? Type::text
                                     : Type::boolean,
                 {},
                 true};
  }
  if (operation == "||") return Value{Type::text, left->text + right->text};
  if (!calculates) return Value::boolean(holds(operation, compare(*left, *right)));
  return arithmetic(operation, *left, *right);
}

std::optional<Value> Evaluator::arithmetic(const std::string& operation, const Value& left,
                                           const Value& right) {
  const char op = operation.front();
  if (is_real(left.type) || is_real(right.type)) {
    const double one = to_real(left.text).value_or(0), other = to_real(right.text).value_or(0);
    if ((op == '/' || op == '%') && other == 0) return fail("22012", "division by zero");
    const double result = op == '+'   ? one + other
                          : op == '-' ? one - other
                          : op == '*' ? one * other
                          : op == '/' ? one / other
                                      : std::fmod(one, other);
    return Value{is_real(left.type) ? left.type : right.type, printed(result)};
  }
  const bool wide = left.type == Type::int8 || right.type == Type::int8;
  for (const Value* each : {&left, &right}) {
    if (!to_integer(each->text)) {
      return fail("22P02", "invalid input syntax for type integer: \"" + each->text + "\"");
    }
  }
  const std::int64_t one = *to_integer(left.text), other = *to_integer(right.text);
  if ((op == '/' || op == '%') && other == 0) return fail("22012", "division by zero");
  std::int64_t result = 0;
  bool over = false;
  switch (op) {
    case '+': over = __builtin_add_overflow(one, other, &result); break;
    case '-': over = __builtin_sub_overflow(one, other, &result); break;
    case '*': over = __builtin_mul_overflow(one, other, &result); break;
    default:
      over = one == INT64_MIN && other == -1;
      if (!over) result = op == '/' ? one / other : one % other;
  }
  if (!wide) over |= result < INT32_MIN || result > INT32_MAX;
  if (over) return fail("22003", wide ? "bigint out of range" : "integer out of range");
  return Value::integer(result, wide ? Type::int8 : Type::int4);
}

std::optional<Value> Evaluator::call(const Expression& expression) {
  const Function* const function = find_function(expression.text);
  if (function == nullptr) {
    return fail("0A000", "set-returning functions are not allowed here");
  }
  if (function->aggregate) return aggregate(*function, expression);
  const Row* const row = row_;
  const std::vector<Row>* const rows = rows_;
  std::vector<Value> arguments;
  for (const Expression& each : expression.arguments) {
    auto argument = value(each, row, rows);
    if (!argument) return std::nullopt;
    arguments.push_back(std::move(*argument));
  }
  if (!function->effect) return pure(*function, std::move(arguments));
  if (calls_ < execution_.called.size()) return execution_.called[calls_++];
  backend_.host_.describe(execution_);
  auto result = effect(*function, arguments);
  if (result) {
    execution_.called.push_back(*result);
    ++calls_;
  }
  return result;
}

std::optional<Value> Evaluator::aggregate(const Function& function, const Expression& expression) {
  const std::vector<Row>* const rows = rows_;
  const Expression& of = expression.arguments.front();
  if (rows == nullptr) return fail("42803", "aggregate functions are not allowed here");
  std::vector<Value> values;
  for (const Row& row : *rows) {
    if (of.kind == Kind::star) {
      values.push_back({Type::int4, "1"});
      continue;
    }
    auto one = value(of, &row, rows);
    if (!one) return std::nullopt;
    if (!one->null) values.push_back(std::move(*one));
  }
  using Id = Function::Id;
  if (function.id == Id::count) {
    return Value::integer(static_cast<std::int64_t>(values.size()), Type::int8);
  }
  if (values.empty()) return Value{.null = true};
  const auto less = [](const Value& one, const Value& other) { return compare(one, other) < 0; };
  if (function.id == Id::max) return *std::max_element(values.begin(), values.end(), less);
  if (function.id == Id::min) return *std::min_element(values.begin(), values.end(), less);
  Value sum{Type::int8, "0"};
  for (const Value& each : values) {
    auto next = arithmetic("+", sum, each);
    if (!next) return std::nullopt;
    sum = std::move(*next);
  }
  return sum;
}

}  // namespace poolproof::world::postgres
