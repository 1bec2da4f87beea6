; Start-up, the vertical-blank interrupt, and the two loops that must outrun the beam. Public domain (CC0).
; Assembler: sdasgb (Debian package "sdcc").
        .module crt0
        .globl  _main

        .area   _HEADER (ABS)
        .org    0x40                    ; vertical-blank interrupt vector
        jp      vblank
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
vblank:
        push    af
        push    bc
        push    hl
        call    0xFF80                  ; shadow sprites (C300) to OAM
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
        pop     hl
        pop     bc
        pop     af
        reti

        .area   _CODE
; void video_put(u16 address in de, u8 value in a): one byte of video memory, when the beam lets it in
_video_put::
        ld      b, a
1$:
        ldh     a, (0x41)
        and     a, #2
        jr      nz, 1$
        ld      a, b
        ld      (de), a
        ret
; void video_screen(void): the 20x18 screen to come (C508) to the window map (9C00), ahead of the beam
_video_screen::
        ld      de, #0xC508
        ld      hl, #0x9C00
        ld      c, #18
row:
        ld      b, #20
2$:
        ldh     a, (0x41)
        and     a, #2
        jr      nz, 2$
        ld      a, (de)
        ld      (hl+), a
        inc     de
        dec     b
        jr      nz, 2$
        ld      a, l
        add     a, #12
        ld      l, a
        jr      nc, 3$
        inc     h
3$:
        dec     c
        jr      nz, row
        ret

        .area   _HOME
        .area   _GSINIT
gsinit::
        .area   _GSFINAL
        ret
        .area   _DATA
        .area   _BSS
