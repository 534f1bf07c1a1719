import { describe, expect, it } from 'vitest';
import { distrustDescriptor } from './windows-trust.ts';

describe('distrustDescriptor', () => {
  it.each([
    ['full access for administrators, reading for users', 'O:BAG:SYD:PAI(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1200a9;;;BU)'],
    ['SYSTEM by its SID', 'O:S-1-5-18G:S-1-5-18D:(A;OICI;FA;;;S-1-5-18)(A;OICI;FRFX;;;WD)'],
    ['what is only inherited by files to come', 'O:SYG:SYD:AI(A;OICIIO;GA;;;CO)(A;OICI;FA;;;BA)'],
    ['a denial', 'O:BAG:BAD:(D;;FW;;;BU)(A;;FR;;;BU)'],
    ['a system list behind it', 'O:BAG:BAD:(A;;FA;;;BA)S:AI(AU;SAFA;FA;;;WD)'],
  ])('accepts %s', (_, sddl) => {
    expect(distrustDescriptor(sddl)).toBeNull();
  });

  it.each([
    ['a user as the owner', 'O:S-1-5-21-1-2-3-1001G:BUD:(A;;FA;;;BA)', /belongs to S-1-5-21-1-2-3-1001/u],
    ['full access for users', 'O:BAG:SYD:(A;;FA;;;BA)(A;;FA;;;BU)', /can be changed by BU/u],
    [
      'files that users may add, as new folders in ProgramData have it',
      'O:BAG:SYD:AI(A;CI;0x100116;;;BU)(A;;FA;;;BA)',
      /BU/u,
    ],
    ['writing spelt by letters', 'O:BAG:SYD:(A;;CCDCLC;;;AU)', /AU/u],
    ['writing as a generic right', 'O:BAG:SYD:(A;;GW;;;WD)', /WD/u],
    ['changing the permissions', 'O:BAG:SYD:(A;;0x40000;;;S-1-5-32-545)', /S-1-5-32-545/u],
    ['rights that are not known', 'O:BAG:SYD:(A;;QQ;;;BU)', /BU/u],
    ['no access control', 'O:BAG:SYD:NO_ACCESS_CONTROL', /does not understand/u],
    ['no list', 'O:BAG:SY', /does not understand/u],
    ['conditions', 'O:BAG:SYD:(XA;;FA;;;WD;(@User.a == 1))', /does not understand|WD/u],
    ['nothing', '', /does not understand/u],
  ])('refuses %s', (_, sddl, reason) => {
    expect(distrustDescriptor(sddl)).toMatch(reason);
  });
});
