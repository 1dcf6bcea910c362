import { expect, test } from "vitest";
import { isOnEveryNode, nodeThingsIn } from "../../../model/storage/node-paths";

test.each([
  ["/mnt/pve/nas/media", true],
  ["/mnt/pve/", false],
  ["/mnt/pvex/media", false],
  ["/dev/net/tun", true],
  ["/dev/fuse", true],
  ["/dev/loop3", true],
  ["/dev/dri", false],
  ["/dev/ttyUSB0", false],
  ["/dev/sdb", false],
  ["/etc/localtime", true],
  ["/etc/pve/priv", true],
  ["/etc/myapp", false],
  ["/proc/sys", true],
  ["/sys", true],
  ["/lib/modules", true],
  ["/tank/media", false],
])("whether every node has %s: %s", (path, everywhere) => {
  expect(isOnEveryNode(path)).toBe(everywhere);
});

test.each([
  ["-cpu host,+aes -vnc 0.0.0.0:77", []],
  ["-device vfio-pci,host=01:00.0,multifunction=on", ["pci 01:00.0"]],
  ["-device vfio-pci,id=x,sysfsdev=/sys/bus/mdev/devices/a", ["pci /sys/bus/mdev/devices/a"]],
  ["-device usb-host,vendorid=0x10c4,productid=0xea60", ["usb 0x10c4:0xea60"]],
  ["-device usb-host,hostbus=1,hostport=2.3", ["usb 1:2.3"]],
  ["-drive file=/dev/sdb,if=virtio", ["device /dev/sdb"]],
  ["-hda /dev/sdb -cdrom /root/x.iso", ["device /dev/sdb", "bind /root/x.iso"]],
  ["-virtfs local,path=/tank/share,mount_tag=x", ["bind /tank/share"]],
  ["-object input-linux,evdev=/dev/input/by-id/kbd", ["device /dev/input/by-id/kbd"]],
  ["-chardev socket,id=s,path=/var/run/qemu-server/1.x,server=on", []],
  ["-fw_cfg name=opt/x,file=/mnt/pve/nas/ignition.json", []],
])("what of its node a machine uses by %s", (args, things) => {
  expect(nodeThingsIn(args).map(({ kind, device }) => `${kind} ${device}`)).toEqual(things);
});
