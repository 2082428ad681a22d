// A NoCloud disk for cloud-init: a small ISO 9660 image called "cidata" with meta-data and user-data. Only what Linux needs to read it, by
// ECMA-119; the numbers in comments are sections of that.
import { yamlText } from '../../../written/yaml-text.ts';
import type { GuestLogin } from '../definition.ts';
import type { GuestTemplate } from './xl-settings.ts';

const SECTOR = 2048;
const ROOT_SECTOR = 20;
const FIRST_FILE_SECTOR = 21;

export interface Seed {
  readonly sshKeys: readonly string[];
  readonly userData: string;
}

/** What the operator gives every VM of a template, and what its user wants beside that. */
export function seedOf(template: NonNullable<GuestTemplate['cloudInit']>, own: GuestLogin): Seed {
  return {
    sshKeys: [...new Set([...template.sshKeys, ...own.sshKeys])],
    userData: joined(template.userData, own.userData),
  };
}

/** cloud-init takes several parts as one MIME archive; each keeps the form that its first line says. */
function joined(ofTemplate: string, ofUser: string | null): string {
  if (ofUser === null) return ofTemplate;
  if (ofTemplate.trim() === '#cloud-config') return ofUser;
  const parts = [ofTemplate, ofUser].map(
    (text) =>
      `Content-Type: ${contentType(text)}; charset="utf-8"\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n${base64Lines(text)}\n`,
  );
  const boundary = 'openpex-user-data';
  return [
    `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n\n`,
    ...parts.map((part) => `--${boundary}\n${part}`),
    `--${boundary}--\n`,
  ].join('');
}

/** As cloud-init itself tells them apart; it looks again at what is plain text. */
function contentType(text: string): string {
  const types: readonly (readonly [start: string, type: string])[] = [
    ['#cloud-config', 'text/cloud-config'],
    ['#!', 'text/x-shellscript'],
    ['#include', 'text/x-include-url'],
    ['#cloud-boothook', 'text/cloud-boothook'],
  ];
  return types.find(([start]) => text.startsWith(start))?.[1] ?? 'text/plain';
}

function base64Lines(text: string): string {
  return Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\n');
}

/** @param name of the guest */
export function seedImage(vmId: string, name: string, { sshKeys, userData }: Seed): Buffer {
  const metaData = yamlText({
    'instance-id': vmId,
    'local-hostname': name,
    ...(sshKeys.length === 0 ? {} : { 'public-keys': [...sshKeys] }),
  });
  return isoImage('cidata', [
    // In the order of their names, as 9.3 has it. Linux shows them in lower case, without the version.
    { name: 'META-DATA.;1', content: Buffer.from(metaData) },
    { name: 'USER-DATA.;1', content: Buffer.from(userData) },
  ]);
}

interface IsoFile {
  readonly name: string;
  readonly content: Buffer;
}

function isoImage(label: string, files: readonly IsoFile[]): Buffer {
  let sector = FIRST_FILE_SECTOR;
  const placed = files.map((file) => {
    const at = sector;
    sector += Math.max(1, Math.ceil(file.content.length / SECTOR));
    return { ...file, at };
  });
  const image = Buffer.alloc(sector * SECTOR);
  const root = directoryRecord('\0', ROOT_SECTOR, SECTOR, true);
  // 16 sectors belong to the system; then the descriptors, 8.
  primaryDescriptor(label, sector, root).copy(image, 16 * SECTOR);
  Buffer.from([255, ...Buffer.from('CD001'), 1]).copy(image, 17 * SECTOR);
  pathTable('little').copy(image, 18 * SECTOR);
  pathTable('big').copy(image, 19 * SECTOR);
  const entries = [
    root,
    directoryRecord('\u0001', ROOT_SECTOR, SECTOR, true),
    ...placed.map(({ at, content, name }) => directoryRecord(name, at, content.length, false)),
  ];
  Buffer.concat(entries).copy(image, ROOT_SECTOR * SECTOR);
  for (const { at, content } of placed) content.copy(image, at * SECTOR);
  return image;
}

/** 8.4 */
function primaryDescriptor(label: string, sectors: number, root: Buffer): Buffer {
  const descriptor = Buffer.alloc(SECTOR);
  descriptor[0] = 1;
  descriptor.write('CD001', 1, 'latin1');
  descriptor[6] = 1;
  descriptor.write(' '.repeat(32), 8, 'latin1');
  descriptor.write(label.padEnd(32), 40, 'latin1');
  bothEndian32(descriptor, 80, sectors);
  for (const [at, value] of [
    [120, 1],
    [124, 1],
    [128, SECTOR],
  ] as const) {
    descriptor.writeUInt16LE(value, at);
    descriptor.writeUInt16BE(value, at + 2);
  }
  bothEndian32(descriptor, 132, PATH_TABLE_LENGTH);
  descriptor.writeUInt32LE(18, 140);
  descriptor.writeUInt32BE(19, 148);
  root.copy(descriptor, 156);
  descriptor.write(' '.repeat(623), 190, 'latin1');
  // Dates that are not given, 8.4.26.1.
  for (const at of [813, 830, 847, 864]) descriptor.write('0'.repeat(16), at, 'latin1');
  descriptor[881] = 1;
  return descriptor;
}

const PATH_TABLE_LENGTH = 10;

/** 9.4, of the root alone. */
function pathTable(order: 'little' | 'big'): Buffer {
  const table = Buffer.alloc(SECTOR);
  table[0] = 1;
  if (order === 'little') {
    table.writeUInt32LE(ROOT_SECTOR, 2);
    table.writeUInt16LE(1, 6);
  } else {
    table.writeUInt32BE(ROOT_SECTOR, 2);
    table.writeUInt16BE(1, 6);
  }
  return table;
}

/** 9.1 */
function directoryRecord(name: string, sector: number, length: number, isDirectory: boolean): Buffer {
  const record = Buffer.alloc(33 + name.length + (name.length % 2 === 0 ? 1 : 0));
  record[0] = record.length;
  bothEndian32(record, 2, sector);
  bothEndian32(record, 10, length);
  // The first day of 2000: the same input makes the same image.
  Buffer.from([100, 1, 1, 0, 0, 0, 0]).copy(record, 18);
  record[25] = isDirectory ? 2 : 0;
  record.writeUInt16LE(1, 28);
  record.writeUInt16BE(1, 30);
  record[32] = name.length;
  record.write(name, 33, 'latin1');
  return record;
}

function bothEndian32(buffer: Buffer, at: number, value: number): void {
  buffer.writeUInt32LE(value, at);
  buffer.writeUInt32BE(value, at + 4);
}
