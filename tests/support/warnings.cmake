# Compile options of every target of ours; unexported interface target, never global flags.
add_library(migralab_warnings INTERFACE)
target_compile_options(migralab_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wswitch-enum>
  $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion>)
# g++ 12 sees an impossible overlap in std::string operator+ (GCC bug 105651).
target_compile_options(migralab_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
if(MIGRALAB_WERROR)
  target_compile_options(migralab_warnings INTERFACE -Werror)
endif()
if(MIGRALAB_SANITIZE)
  # Global on purpose: a sanitizer that covers only some objects gives false reports.
  # Null pointers stop at AddressSanitizer as well; the checks left out would make a fifth of the whole build's time.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=null,alignment,vptr -fno-sanitize-recover=undefined
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
