// Which passwords are taken, for the service and for the portal, which says it before. What people choose first is what others try first.

export const PASSWORD_LENGTH_MIN = 10;
export const PASSWORD_LENGTH_MAX = 200;
/** So few different characters are a pattern. */
const DIFFERENT_MIN = 4;

/** Of lists of passwords that leaked, those of ten characters and more; runs and repetitions are found without a list. */
const COMMON = new Set(
  `password12 password123 password1234 password12345 password123456 passw0rd123 p@ssword123 p@ssw0rd123 passwordpassword mypassword
  mypassword1 thepassword newpassword newpassword1 qwertyuiop qwertyuiop1 qwertyuiop123 qwerty12345 qwerty123456 qwertyqwerty qwertzuiop
  azertyuiop asdfghjkl1 asdfghjkl; asdfasdfasdf asdfghjkl123 zxcvbnm123 zxcvbnm,./ 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4t5 q1w2e3r4t5y6 1qaz2wsx3edc
  1qazxsw23edc qazwsxedcrfv qazwsxedc123 123qweasdzxc 1qaz@wsx3edc qweasdzxc123 123456789a a123456789 abc123456789 abcd123456 abcd1234567 abc1234567
  a1b2c3d4e5 1a2b3c4d5e 1234554321 0987654321 9876543210 1234567891 1234512345 12345678910 123456789123 1029384756 5555555555 administrator
  administrator1 admin12345 admin123456 adminadmin operator123 operator1234 rootroot123 changeme123 changeme1234 letmein123 letmein1234 welcome123
  welcome1234 iloveyou123 iloveyou12 iloveyou1234 iloveyousomuch openpex123 openpex1234 openpexopenpex secret1234 secretsecret testtest123
  test123456 test1234567 testpassword guest12345 user123456 default123 football123 baseball123 basketball sunshine123 princess123 superman123
  trustno1trustno1 computer123 internet123 michael123 charlie123 jennifer123 starwars123 mustang123 correcthorsebatterystaple`.split(
    /\s+/,
  ),
);

/**
 * Why a password is not taken, to follow "is"; undefined: it is taken.
 * @param own what others know of the account: its names and e-mail address
 */
export function passwordWeakness(password: string, own: readonly string[]): string | undefined {
  const plain = password.toLowerCase();
  if (password.length < PASSWORD_LENGTH_MIN) return `shorter than ${PASSWORD_LENGTH_MIN} characters`;
  if (password.length > PASSWORD_LENGTH_MAX) return `longer than ${PASSWORD_LENGTH_MAX} characters`;
  if (new Set(plain).size < DIFFERENT_MIN || isRun(plain)) return 'a simple pattern';
  if (COMMON.has(plain)) return 'one of those that everybody tries first';
  return own.some((name) => isMadeOf(plain, name)) ? 'made of the name or address of the account' : undefined;
}

/** 1234567890, abcdefghijk, 0987654321. */
function isRun(text: string): boolean {
  const steps = Array.from(text.slice(1), (_, i) => text.charCodeAt(i + 1) - text.charCodeAt(i));
  return steps.every((step) => step === 1 || step === -9) || steps.every((step) => step === -1 || step === 9);
}

/** The name, once or again and again, with or without what is hung on to make it longer. */
function isMadeOf(password: string, name: string): boolean {
  const whole = name.toLowerCase();
  return [whole, whole.split('@')[0]!, whole.replaceAll(/[\s._-]/g, '')].some((part) => {
    if (part.length < 3) return false;
    const rest = password.replaceAll(part, '');
    return rest !== password && /^[^a-z]*$/.test(rest);
  });
}
