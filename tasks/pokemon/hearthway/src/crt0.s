; Start-up and what interrupts. Public domain (CC0).
; Assembler: sdasgb (Debian package "sdcc").
        .module crt0
        .globl  _main

        .area   _HEADER (ABS)
        .org    0x40                    ; vertical-blank interrupt vector
        jp      vblank
        .org    0x48                    ; the beam is at a line
        jp      line
        .org    0x100                   ; entry point after the boot ROM
        nop
        jp      start
        ; 0x104-0x14F (logo area left ZERO, title, checksums) is filled by build.py
        .org    0x150
start:
        di
        ld      sp, #0xE000
        xor     a, a
        ld      hl, #0xC000             ; clear work RAM
clear:
        ld      (hl+), a
        ld      b, a
        ld      a, h
        cp      a, #0xDF                ; (the stack's page stays)
        ld      a, b
        jr      nz, clear
        ld      hl, #dma_code           ; the sprite-DMA stub runs in high RAM
        ld      c, #0x80
        ld      b, #10
copy:
        ld      a, (hl+)
        ldh     (c), a
        inc     c
        dec     b
        jr      nz, copy
        call    gsinit
        call    _main
stop:
        halt
        nop
        jr      stop
dma_code:
        .db     0x3E, 0xC3, 0xE0, 0x46  ; ld a,0xC3 ; ldh (0x46),a
        .db     0x3E, 0x28, 0x3D        ; ld a,40 ; dec a
        .db     0x20, 0xFD, 0xC9        ; jr nz,-3 ; ret
; The sprites are copied where they changed, and are switched on only between the first and the last line that has one
; (FFD8, FFD9; the latter as it is for this picture in FFDA): a machine that is emulated looks at all forty on every
; line else.
vblank:
        push    af
        push    bc
        ldh     a, (0xD5)
        or      a, a
        jr      z, still
        xor     a, a
        ldh     (0xD5), a
        call    0xFF80                  ; shadow sprites (C300) to OAM
still:
        ldh     a, (0xD9)
        ldh     (0xDA), a
        ldh     a, (0xD8)
        ldh     (0x45), a
        or      a, a
        ld      a, #0xE1
        jr      nz, off
        ld      a, #0xE3
off:
        ldh     (0x40), a
        ldh     a, (0x0F)
        and     a, #0xFD
        ldh     (0x0F), a
        ld      a, #3
        ldh     (0xFF), a
        ldh     a, (0x04)               ; stir two random bytes with the divider
        ld      b, a
        ldh     a, (0xD3)
        adc     a, b
        ldh     (0xD3), a
        ldh     a, (0x04)
        ld      b, a
        ldh     a, (0xD4)
        sbc     a, b
        ldh     (0xD4), a
        ld      a, #1
        ldh     (0xD6), a               ; "a frame has passed"
        pop     bc
        pop     af
        reti
; The beam is at the line before the first sprite, or at the one after the last.
line:
        push    af
        push    bc
        ldh     a, (0xDA)
        ld      b, a
        ldh     a, (0x45)
        cp      a, b
        jr      z, below
        ld      a, b
        ldh     (0x45), a
        ld      a, #0xE3
        jr      switch
below:
        ld      a, #0xFF
        ldh     (0x45), a
        ld      a, #0xE1
switch:
        ldh     (0x40), a
        pop     bc
        pop     af
        reti

        .area   _HOME
        .area   _GSINIT
gsinit::
        .area   _GSFINAL
        ret
        .area   _DATA
        .area   _BSS
