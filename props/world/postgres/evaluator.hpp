// Finds the types and the values of expressions.
#pragma once

#include <optional>
#include <vector>

#include "props/world/postgres/backend.hpp"
#include "props/world/postgres/functions.hpp"

namespace poolproof::world::postgres {

// The type of an expression, and whether PostgreSQL would let it pass. Finds the types of
// parameters that were not given any.
class Analyser {
 public:
  Analyser(const std::vector<Column>* columns, bool any_column, std::vector<Type>& parameters)
      : columns_(columns), any_column_(any_column), parameters_(parameters) {}

  Type type_of(const Expression& expression);
  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }
  // For a parameter whose type nothing says.
  static Type settled(Type type) { return type == Type::unknown ? Type::text : type; }

 private:
  Type type_of_call(const Expression& call);
  Type type_of_binary(const Expression& binary);
  void settle(const Expression& parameter, Type type);
  Type fail(std::string_view sqlstate, std::string message);

  const std::vector<Column>* columns_;
  bool any_column_;
  std::vector<Type>& parameters_;
  std::optional<Failure> failure_;
};

// Over one source of rows, for one execution. Empty answers mean that it has failed or must wait.
class Evaluator {
 public:
  Evaluator(Backend& backend, Execution& execution, const std::vector<Column>& columns)
      : backend_(backend), execution_(execution), columns_(columns) {}

  // `row`: of the source; null: there is none. `rows`: all, for aggregates.
  std::optional<Value> value(const Expression& expression, const Row* row,
                             const std::vector<Row>* rows = nullptr);
  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }
  [[nodiscard]] bool waits() const { return waits_; }

 private:
  std::optional<Value> fail(std::string_view sqlstate, std::string message);
  std::optional<Value> unary(const Expression& expression, Value of);
  std::optional<Value> binary(const Expression& expression);
  std::optional<Value> arithmetic(const std::string& operation, const Value& left,
                                  const Value& right);
  std::optional<Value> call(const Expression& expression);
  std::optional<Value> aggregate(const Function& function, const Expression& expression);
  std::optional<Value> pure(const Function& function, std::vector<Value> arguments);
  std::optional<Value> effect(const Function& function, const std::vector<Value>& arguments);
  std::optional<Value> lock(const Function& function, const std::vector<Value>& arguments);
  std::optional<Value> signal(const Function& function, const Value& process);
  std::optional<Value> setting(const Function& function, const std::vector<Value>& arguments);

  Backend& backend_;
  Execution& execution_;
  const std::vector<Column>& columns_;
  const Row* row_ = nullptr;
  const std::vector<Row>* rows_ = nullptr;
  std::size_t calls_ = 0;  // of functions with effects, so far
  std::optional<Failure> failure_;
  bool waits_ = false;
};

}  // namespace poolproof::world::postgres
