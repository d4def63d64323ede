# cmake -DPOOLPROOF=PROGRAM -DMUTANTS=DIR -DLIST=FILE -P explored.cmake: an error unless explore breaks
# each pool of the list by its law.
file(STRINGS ${LIST} lines REGEX "^[a-z]")
foreach(line ${lines})
  separate_arguments(words UNIX_COMMAND "${line}")
  list(POP_FRONT words name law)
  execute_process(COMMAND ${POOLPROOF} explore --pool ${MUTANTS}/${name}.so ${words} --quiet
    TIMEOUT 60 RESULT_VARIABLE result OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(NOT result EQUAL 1 OR NOT said MATCHES "broken: ${law}")
    message(SEND_ERROR "${line}: ${said}")
  endif()
endforeach()
