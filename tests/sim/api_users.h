// SPDX-License-Identifier: Apache-2.0
/* Names and secrets of the simulated cluster's users, for the server and the kubeconfig. */
#ifndef WVA_TESTS_SIM_API_USERS_H
#define WVA_TESTS_SIM_API_USERS_H

#define SIM_TOKEN_ADMIN    "sim-admin-token-4f1c"
#define SIM_TOKEN_EXEC     "sim-exec-token-77aa"
#define SIM_TOKEN_USER     "sim-user-token-9b2e"
#define SIM_TOKEN_VIEWER   "sim-viewer-token-1d3a"
#define SIM_TOKEN_NOBODY   "sim-nobody-token-5c6d"
#define SIM_BASIC_USER     "basic-admin"
#define SIM_BASIC_PASSWORD "correct horse"
#define SIM_USER_NAMESPACE "bench" /* the only one where jane and victor may do something */

#endif
