; What runs in every frame, or for every tile: the loops that an emulator pays for. Public domain (CC0).
; SDCC hands over the first byte in a and the second in e, the first address in de and the second in bc.
        .module hot
        .globl  _catch_up, _late

        .area   _CODE
; void frame(void): sleeps until the next vertical blank, then reads the buttons and counts the time
_frame::
        xor     a, a
        ldh     (0xD6), a
sleep:
        halt
        nop
        ldh     a, (0xD6)
        or      a, a
        jr      z, sleep
        ld      a, (_late)
        or      a, a
        call    nz, _catch_up
        ld      a, #0x20
        ldh     (0x00), a
        ldh     a, (0x00)
        ldh     a, (0x00)
        cpl
        and     a, #15
        swap    a
        ld      b, a
        ld      a, #0x10
        ldh     (0x00), a
        ldh     a, (0x00)
        ldh     a, (0x00)
        ldh     a, (0x00)
        cpl
        and     a, #15
        or      a, b
        ldh     (0xF8), a
        ld      b, a
        ld      a, #0x30
        ldh     (0x00), a
        ld      a, (0xCD6B)             ; buttons that do not count now
        cpl
        and     a, b
        ld      b, a
        ldh     a, (0xB4)
        cpl
        and     a, b
        ldh     (0xB3), a               ; pressed since the last frame
        ld      a, b
        ldh     (0xB4), a               ; held
        ld      hl, #0xDA42
        ld      a, (hl)                 ; the clock is full
        or      a, a
        ret     nz
        ld      l, #0x45
        inc     (hl)
        ld      a, (hl)
        cp      a, #60
        ret     c
        xor     a, a
        ld      (hl-), a
        inc     (hl)
        ld      a, (hl)
        cp      a, #60
        ret     c
        xor     a, a
        ld      (hl-), a
        inc     (hl)
        ld      a, (hl)
        cp      a, #60
        ret     c
        ld      (hl), #0
        ld      l, #0x41
        inc     (hl)
        ld      a, (hl)
        inc     a
        ret     nz
        inc     l
        ld      (hl), #1
        ret

; void video_put(u16 address, u8 value): one byte of video memory, when the beam lets it in
_video_put::
        ld      b, a
1$:
        di
        ldh     a, (0x41)
        and     a, #2
        jr      z, 2$
        ei
        nop
        jr      1$
2$:
        ld      a, b
        ld      (de), a
        ei
        ret

; void video_square(u16 address, u8 kind): the four tiles of a square, in an even row and column of a map of tiles
_video_square::
        add     a, a
        add     a, a
        ld      b, a
        ld      h, d
        ld      l, e
1$:
        di
        ldh     a, (0x41)
        and     a, #2
        jr      z, 2$
        ei
        nop
        jr      1$
2$:
        ld      a, b
        ld      (hl+), a
        inc     a
        ld      (hl-), a
        inc     a
        set     5, l
        ld      (hl+), a
        inc     a
        ld      (hl), a
        ei
        ret

; void video_tile(u16 address, const u8 *from): the 16 bytes of a picture
_video_tile::
        ld      h, d
        ld      l, e
        ld      e, #8
1$:
        di
        ldh     a, (0x41)
        and     a, #2
        jr      z, 2$
        ei
        nop
        jr      1$
2$:
        ld      a, (bc)
        ld      (hl+), a
        inc     bc
        ld      a, (bc)
        ld      (hl+), a
        ei
        inc     bc
        dec     e
        jr      nz, 1$
        ret

; hl = the row of the screen to come (C508 + 20 a), c = rows from there to the end; b stays
from_row:
        ld      c, a
        add     a, a
        add     a, a
        ld      l, a                    ; 4 a, at most 68
        ld      h, #0
        ld      d, h
        ld      e, l
        add     hl, hl
        add     hl, hl
        add     hl, de                  ; 20 a
        ld      de, #0xC508
        add     hl, de
        ld      a, #18
        sub     a, c
        ld      c, a
        ret

; void video_rows(u8 first): the rows of the screen to come from this one on, onto the window's map, ahead of the beam;
; five bytes a line, in the pause at its end
_video_rows::
        cp      a, #18
        ret     nc
        ld      b, a
        call    from_row
        ld      a, b                    ; de = 9C00 + 32 a
        swap    a
        ld      e, a
        and     a, #15
        add     a, a
        or      a, #0x9C
        ld      d, a
        ld      a, e
        and     a, #0xF0
        add     a, a
        ld      e, a
        jr      nc, 1$
        inc     d
1$:
        ldh     a, (0xD8)               ; this picture has its sprites on every line, for nobody switches them
        inc     a
        jr      z, 2$
        ld      a, #0xE3
        ldh     (0x40), a
2$:
        di
        ld      a, #2
        ldh     (0xFF), a
        ld      a, #0x08
        ldh     (0x41), a
row:
        ld      b, #4
part:
        ldh     a, (0x44)
        cp      a, #144
        jr      c, 3$
        cp      a, #152
        jr      c, 4$
3$:
        xor     a, a
        ldh     (0x0F), a
        halt
        nop
4$:
        .rept   5
        ld      a, (hl+)
        ld      (de), a
        inc     e
        .endm
        dec     b
        jr      nz, part
        ld      a, e
        add     a, #12
        ld      e, a
        jr      nc, 5$
        inc     d
5$:
        dec     c
        jr      nz, row
        ld      a, #0x40
        ldh     (0x41), a
        xor     a, a
        ldh     (0x0F), a
        inc     a
        ldh     (0xFF), a
        ei
        ret

; void copy_rows(u8 first): the rows of the screen to come from this one on, into the screen buffer
_copy_rows::
        call    from_row
        ld      a, l
        sub     a, #0x68                ; C3A0 is 168 below
        ld      e, a
        ld      a, h
        sbc     a, #0x01
        ld      d, a
1$:
        .rept   20
        ld      a, (hl+)
        ld      (de), a
        inc     de
        .endm
        dec     c
        jp      nz, 1$
        ret

; void blank_rows(u8 first): spaces into the screen to come from this row on
_blank_rows::
        call    from_row
        ld      a, #0x7F
1$:
        .rept   20
        ld      (hl+), a
        .endm
        dec     c
        jr      nz, 1$
        ret

; void view_row(volatile u8 *to, const volatile u8 *from): ten squares as two rows of tiles
_view_row::
        ld      h, d
        ld      l, e
        ld      a, e
        add     a, #20
        ld      e, a
        jr      nc, 1$
        inc     d
1$:
        .rept   10
        ld      a, (bc)
        inc     bc
        add     a, a
        add     a, a
        ld      (hl+), a
        inc     a
        ld      (hl+), a
        inc     a
        ld      (de), a
        inc     de
        inc     a
        ld      (de), a
        inc     de
        .endm
        ret

; void shift_sprites(i8 x, i8 y): the people in sight move by so many dots against the player
_shift_sprites::
        cpl
        inc     a
        ld      b, a
        ld      a, e
        cpl
        inc     a
        ld      c, a
        ld      a, #1
        ldh     (0xD5), a
        ld      a, (0xD4E1)             ; people on the map
        or      a, a
        ret     z
        ld      d, a
        ld      hl, #0xC112
1$:
        ld      a, (hl)
        inc     a
        jr      z, 2$                   ; out of sight
        inc     l
        inc     l
        ld      a, (hl)
        add     a, c
        ld      (hl+), a
        inc     l
        ld      a, (hl)
        add     a, b
        ld      (hl), a
        ld      a, l
        and     a, #0xF0
        ld      l, a
        ld      h, #0xC3
        .rept   4
        ld      a, (hl)
        add     a, c
        ld      (hl+), a
        ld      a, (hl)
        add     a, b
        ld      (hl+), a
        inc     l
        inc     l
        .endm
        ld      h, #0xC1
        inc     l
        inc     l
        jr      3$
2$:
        ld      a, l
        add     a, #16
        ld      l, a
3$:
        dec     d
        jr      nz, 1$
        ret
