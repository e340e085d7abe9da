/* Joins the brokers of the user, keeps the plan, and the desk (desk.h) under watch. */
#pragma once

/* Returns the exit code: 0 also if another one runs, if it is turned off, and if there is no
 * notification server; 1 on a failure. */
int sel_notifier_run(void);
