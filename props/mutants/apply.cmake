# cmake -DPATCH=FILE -DSOURCE=DIR -DTO=DIR "-DFILES=a b" -P apply.cmake: the files of SOURCE that the
# patch changes, changed, into TO. A patch that does not fit exactly is an error.
separate_arguments(FILES)
file(REMOVE_RECURSE ${TO})
foreach(file ${FILES})
  get_filename_component(folder ${TO}/${file} DIRECTORY)
  file(COPY ${SOURCE}/${file} DESTINATION ${folder})
endforeach()
execute_process(COMMAND patch --fuzz=0 --strip=1 --silent --forward --reject-file=- --no-backup-if-mismatch
  --directory=${TO} --input=${PATCH} RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(failed)
  message(FATAL_ERROR "${PATCH} no longer applies: cut that mutant anew from what the sources are now\n${said}")
endif()
