"""CMD... where socket(AF_INET6) fails with EAFNOSUPPORT, for it and all that comes of it (x86-64)."""
import ctypes
import os
import struct
import sys

AUDIT=0xC000003E
def st(c,k): return struct.pack("HBBI",c,0,0,k)
def jmp(c,k,t,f): return struct.pack("HBBI",c,t,f,k)
prog=b"".join([st(0x20,0), jmp(0x15,41,0,3), st(0x20,16), jmp(0x15,10,0,1), st(0x06,0x00050000|97), st(0x06,0x7fff0000)])
class F(ctypes.Structure): _fields_=[("n",ctypes.c_ushort),("p",ctypes.c_char_p)]
libc=ctypes.CDLL(None,use_errno=True)
assert libc.prctl(38,1,0,0,0)==0
f=F(len(prog)//8,prog)
assert libc.prctl(22,2,ctypes.byref(f))==0, os.strerror(ctypes.get_errno())
os.execvp(sys.argv[1],sys.argv[1:])
