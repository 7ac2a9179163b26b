// Things to know that no event says.
import type { Notice } from "../bindings";
import { m } from "../paraglide/messages";
import { errorText } from "./errors";

export function noticeText(notice: Notice): string {
  switch (notice.code) {
    case "settingRestored":
      return m.notice_setting_restored();
    case "changedByOther":
      return m.system_changed_by_other();
    case "windowBroke":
      return m.notice_window_broke();
    case "keyLocked":
      return m.notice_key_locked();
    case "damagedList":
      return m.notice_damaged_list();
    case "trouble":
      return notice.what ? errorText(notice.what) : m.error_failed();
  }
}
