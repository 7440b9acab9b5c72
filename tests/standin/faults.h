// SPDX-License-Identifier: Apache-2.0
/* Deaths on demand (STANDIN_FAULT). */
#ifndef WVA_TESTS_STANDIN_FAULTS_H
#define WVA_TESTS_STANDIN_FAULTS_H

#include "server.h"

/* What befalls a server at the end of its loading; true: it will not come up. */
bool standin_faults_at_load(struct standin_server *server);

#endif
