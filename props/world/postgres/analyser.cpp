#include <algorithm>

#include "props/world/postgres/evaluator.hpp"

namespace poolproof::world::postgres {
namespace {

using Kind = Expression::Kind;

bool is_number(Type type) {
  return is_integer(type) || type == Type::numeric || type == Type::float4 || type == Type::float8;
}

bool is_arithmetic(std::string_view operation) {
  return operation == "+" || operation == "-" || operation == "*" || operation == "/" ||
         operation == "%";
}

Type wider(Type left, Type right) {
  if (left == Type::float8 || right == Type::float8) return Type::float8;
  if (left == Type::numeric || right == Type::numeric) return Type::numeric;
  if (left == Type::int8 || right == Type::int8) return Type::int8;
  return Type::int4;
}

std::string titles(const std::vector<Type>& types) {
  std::string list;
  for (const Type each : types) {
    if (!list.empty()) list += ", ";
    list += title_of(each);
  }
  return list;
}

}  // namespace

Type Analyser::fail(std::string_view sqlstate, std::string message) {
  if (!failure_) failure_ = Failure{std::string(sqlstate), std::move(message)};
  return Type::unknown;
}

void Analyser::settle(const Expression& parameter, Type type) {
  if (parameter.kind != Kind::parameter) return;
  if (parameters_.size() < parameter.number) parameters_.resize(parameter.number, Type::unknown);
  Type& known = parameters_[parameter.number - 1];
  if (known == Type::unknown || known == Type{0}) known = type;
}

Type Analyser::type_of(const Expression& expression) {
  switch (expression.kind) {
    case Kind::literal: return expression.type;
    case Kind::parameter: {
      settle(expression, Type::unknown);
      return parameters_[expression.number - 1];
    }
    case Kind::column: {
      if (columns_ != nullptr) {
        for (const Column& each : *columns_) {
          if (each.name == expression.text) return each.type;
        }
      }
      if (any_column_) return Type::text;
      return fail("42703", "column \"" + expression.text + "\" does not exist");
    }
    case Kind::cast:
      settle(expression.arguments.front(), expression.type);
      type_of(expression.arguments.front());
      return expression.type;
    case Kind::unary: {
      const Type of = type_of(expression.arguments.front());
      return expression.text == "-" ? of : Type::boolean;
    }
    case Kind::binary: return type_of_binary(expression);
    case Kind::call: return type_of_call(expression);
    case Kind::star: return Type::unknown;
  }
  return Type::unknown;
}

Type Analyser::type_of_binary(const Expression& binary) {
  const Expression& left = binary.arguments[0];
  const Expression& right = binary.arguments[1];
  Type one = type_of(left), other = type_of(right);
  if (one == Type::unknown && other != Type::unknown) settle(left, one = other);
  if (other == Type::unknown && one != Type::unknown) settle(right, other = one);
  if (!is_arithmetic(binary.text)) return binary.text == "||" ? Type::text : Type::boolean;
  if (failure_) return Type::unknown;
  if (one == Type::unknown && other == Type::unknown) {
    return fail("42725", "operator is not unique: unknown " + binary.text + " unknown");
  }
  if (!is_number(one) || !is_number(other)) {
    if (one == Type::timestamptz || one == Type::date || one == Type::timestamp) return one;
    return fail("42883", "operator does not exist: " + std::string(title_of(one)) + " " +
                             binary.text + " " + std::string(title_of(other)));
  }
  return wider(one, other);
}

Type Analyser::type_of_call(const Expression& call) {
  std::vector<Type> types;
  for (const Expression& each : call.arguments) types.push_back(type_of(each));
  if (failure_) return Type::unknown;
  if (call.text == "generate_series") return types.empty() ? Type::int4 : types.front();
  const Function* const function = find_function(call.text);
  if (function == nullptr || types.size() < function->least || types.size() > function->most) {
    const bool star = types.size() == 1 && call.arguments.front().kind == Kind::star;
    return fail("42883",
                "function " + call.text + "(" + (star ? "*" : titles(types)) + ") does not exist");
  }
  using Id = Function::Id;
  for (const Expression& each : call.arguments) {
    switch (function->id) {
      case Id::lock:
      case Id::try_lock:
      case Id::unlock: settle(each, types.size() == 1 ? Type::int8 : Type::int4); break;
      case Id::sleep: settle(each, Type::float8); break;
      case Id::cancel_backend: settle(each, Type::int4); break;
      case Id::terminate_backend:
        settle(each, &each == call.arguments.data() ? Type::int4 : Type::int8);
        break;
      default: break;
    }
  }
  if (function->id == Id::current_setting || function->id == Id::set_config ||
      function->id == Id::notify) {
    settle(call.arguments.front(), Type::text);
  }
  return function->result == Type::unknown ? settled(types.front()) : function->result;
}

}  // namespace poolproof::world::postgres
