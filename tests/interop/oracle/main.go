// Verifies what a docket server signed and proved with Go's checksum database, and sees that nothing altered is accepted.
//
//	oracle FILE
//
// The file is JSON, as test_proofs.py writes it. Exits with 1 at the first proof that does not hold, or forgery that does.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type world struct {
	LogKeys       []string      `json:"log_keys"`
	OtherKey      string        `json:"other_key"`
	WitnessKey    string        `json:"witness_key"`
	Checkpoints   []string      `json:"checkpoints"`
	Inclusions    []inclusion   `json:"inclusions"`
	Consistencies []consistency `json:"consistencies"`
}

type inclusion struct {
	Note     string   `json:"note"`
	Position int64    `json:"position"`
	Stored   []byte   `json:"stored"`
	Hashes   [][]byte `json:"hashes"`
}

type consistency struct {
	First  string   `json:"first"`
	Second string   `json:"second"`
	Hashes [][]byte `json:"hashes"`
}

// A checkpoint whose signature was verified.
type tree struct {
	size int64
	root tlog.Hash
}

// witness verifies C2SP cosignature/v1, which Go's library has not: it only finds the lines.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.hash }

func (w witness) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), msg)
	return ed25519.Verify(w.key, []byte(signed), sig[8:])
}

func newWitness(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("not the key of a witness")
	}
	data, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(data) != 33 || data[0] != 4 {
		return nil, errors.New("not the key of a witness")
	}
	hash := sha256.Sum256(append([]byte(parts[0]+"\n"), data...))
	if fmt.Sprintf("%x", hash[:4]) != parts[1] {
		return nil, errors.New("the id of the key is another")
	}
	return witness{parts[0], binary.BigEndian.Uint32(hash[:4]), data[1:]}, nil
}

func verifiers(keys []string) note.Verifiers {
	var list []note.Verifier
	for _, key := range keys {
		verifier, err := note.NewVerifier(key)
		if err != nil {
			log.Fatalf("the key %s: %v", key, err)
		}
		list = append(list, verifier)
	}
	return note.VerifierList(list...)
}

// openNote verifies a checkpoint and reads its three lines.
func openNote(text string, keys note.Verifiers) (tree, error) {
	opened, err := note.Open([]byte(text), keys)
	if err != nil {
		return tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != opened.Sigs[0].Name {
		return tree{}, fmt.Errorf("not a checkpoint: %q", opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tree{size, root}, err
}

func proof(hashes [][]byte) ([]tlog.Hash, error) {
	list := []tlog.Hash{}
	for _, each := range hashes {
		if len(each) != tlog.HashSize {
			return nil, fmt.Errorf("a hash of %d bytes", len(each))
		}
		var hash tlog.Hash
		copy(hash[:], each)
		list = append(list, hash)
	}
	return list, nil
}

func (p inclusion) verify(keys note.Verifiers) error {
	at, err := openNote(p.Note, keys)
	if err != nil {
		return err
	}
	hashes, err := proof(p.Hashes)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(hashes, at.size, at.root, p.Position-1, tlog.RecordHash(p.Stored))
}

func (p consistency) verify(keys note.Verifiers) error {
	first, err := openNote(p.First, keys)
	if err != nil {
		return err
	}
	second, err := openNote(p.Second, keys)
	if err != nil {
		return err
	}
	hashes, err := proof(p.Hashes)
	if err != nil {
		return err
	}
	return tlog.CheckTree(hashes, second.size, second.root, first.size, first.root)
}

// flipped is a copy with one bit changed.
func flipped(data []byte, seed int) []byte {
	changed := append([]byte{}, data...)
	changed[seed%len(changed)] ^= 1 << (seed % 8)
	return changed
}

// proofsLike gives every way in which these hashes are altered: each in turn, one less, one more, two exchanged.
func proofsLike(hashes [][]byte, seed int) [][][]byte {
	var all [][][]byte
	for i := range hashes {
		changed := append([][]byte{}, hashes...)
		changed[i] = flipped(hashes[i], seed+i)
		all = append(all, changed)
	}
	if len(hashes) > 0 {
		all = append(all, hashes[1:], hashes[:len(hashes)-1])
	}
	if len(hashes) > 1 && !bytes.Equal(hashes[0], hashes[1]) {
		swapped := append([][]byte{}, hashes...)
		swapped[0], swapped[1] = hashes[1], hashes[0]
		all = append(all, swapped)
	}
	return append(all, append(append([][]byte{}, hashes...), make([]byte, tlog.HashSize)))
}

// size is what a checkpoint that was verified says.
func size(text string) int64 {
	size, err := strconv.ParseInt(strings.Split(text, "\n")[1], 10, 64)
	if err != nil {
		log.Fatalf("%q: %v", text, err)
	}
	return size
}

// notesLike gives every way in which a checkpoint is altered: origin, size, root, signature, the key's id.
func notesLike(text string, seed int) []string {
	lines := strings.SplitAfter(text, "\n")
	size := size(text)
	with := func(number int, line string) string {
		changed := append([]string{}, lines...)
		changed[number] = line
		return strings.Join(changed, "")
	}
	encoded := func(prefix, data string, seed int) string {
		decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(data))
		if err != nil {
			log.Fatalf("%q: %v", data, err)
		}
		return prefix + base64.StdEncoding.EncodeToString(flipped(decoded, seed)) + "\n"
	}
	parts := strings.SplitN(lines[4], " ", 3)
	signature := func(seed int) string { return with(4, encoded(parts[0]+" "+parts[1]+" ", parts[2], seed)) }
	all := []string{
		with(0, "x"+lines[0]),
		with(1, fmt.Sprintf("%d\n", size+1)),
		with(1, fmt.Sprintf("%d\n", size-1)),
		with(1, fmt.Sprintf("%d\n", size*2)),
		with(2, encoded("", lines[2], seed)),
		with(2, lines[2]+"more\n"),
		with(3, ""),
		with(4, ""),
		signature(seed % 4),
	}
	for i := 0; i < 8; i++ {
		all = append(all, signature(4+(seed+7*i)%64))
	}
	return all
}

// count of what was verified, and of what was altered and refused.
type count struct{ verified, refused int }

func (c *count) holds(what string, err error) {
	if err != nil {
		log.Fatalf("%s does not hold: %v", what, err)
	}
	c.verified++
}

func (c *count) fails(what string, err error) {
	if err == nil {
		log.Fatalf("%s was altered, and is accepted", what)
	}
	c.refused++
}

func checkNotes(w world, keys, others note.Verifiers) (c count) {
	for i, text := range w.Checkpoints {
		what := fmt.Sprintf("checkpoint %d", i)
		_, err := openNote(text, keys)
		c.holds(what, err)
		_, err = openNote(text, others)
		c.fails(what+" (believing another key of that name)", err)
		for _, forged := range notesLike(text, i) {
			_, err = openNote(forged, keys)
			c.fails(fmt.Sprintf("%s: %q", what, forged), err)
		}
	}
	return c
}

func checkInclusions(w world, keys note.Verifiers) (c count) {
	for i, p := range w.Inclusions {
		what := fmt.Sprintf("inclusion %d", i)
		c.holds(what, p.verify(keys))
		altered := p
		for step := int64(-1); step <= 1; step += 2 {
			altered.Position = p.Position + step
			c.fails(what+" (position)", altered.verify(keys))
		}
		altered = p
		altered.Stored = flipped(p.Stored, i)
		c.fails(what+" (leaf)", altered.verify(keys))
		altered.Stored = append(append([]byte{}, p.Stored...), 0)
		c.fails(what+" (longer leaf)", altered.verify(keys))
		altered = p
		for _, altered.Hashes = range proofsLike(p.Hashes, i) {
			c.fails(what+" (hashes)", altered.verify(keys))
		}
		altered = p
		for _, altered.Note = range notesLike(p.Note, i) {
			c.fails(what+" (checkpoint)", altered.verify(keys))
		}
		// Of another tree, which is signed too.
		altered.Note = w.Checkpoints[i%len(w.Checkpoints)]
		if size(altered.Note) != size(p.Note) {
			c.fails(what+" (another checkpoint)", altered.verify(keys))
		}
	}
	return c
}

func checkConsistencies(w world, keys note.Verifiers) (c count) {
	for i, p := range w.Consistencies {
		what := fmt.Sprintf("consistency %d", i)
		c.holds(what, p.verify(keys))
		altered := consistency{p.Second, p.First, p.Hashes}
		c.fails(what+" (the other way round)", altered.verify(keys))
		altered = p
		for _, altered.Hashes = range proofsLike(p.Hashes, i) {
			c.fails(what+" (hashes)", altered.verify(keys))
		}
		altered = p
		for _, altered.First = range notesLike(p.First, i) {
			c.fails(what+" (first checkpoint)", altered.verify(keys))
		}
		altered = p
		for _, altered.Second = range notesLike(p.Second, i) {
			c.fails(what+" (second checkpoint)", altered.verify(keys))
		}
	}
	return c
}

func checkCosignatures(w world) (c count) {
	verifier, err := newWitness(w.WitnessKey)
	if err != nil {
		log.Fatalf("the key %s: %v", w.WitnessKey, err)
	}
	known := note.VerifierList(verifier)
	for i, text := range w.Checkpoints {
		if !strings.Contains(text, "\n\u2014 "+verifier.Name()+" ") {
			continue
		}
		what := fmt.Sprintf("the cosignature of checkpoint %d", i)
		_, err := note.Open([]byte(text), known)
		c.holds(what, err)
		lines := strings.SplitAfter(text, "\n")
		// Our own signature stands first; what is left without it is the cosignature.
		alone := strings.Join(append(append([]string{}, lines[:4]...), lines[5:]...), "")
		for _, forged := range notesLike(alone, i) {
			_, err := note.Open([]byte(forged), known)
			c.fails(what, err)
		}
	}
	return c
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: oracle FILE")
	}
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var w world
	if err := json.Unmarshal(data, &w); err != nil {
		log.Fatal(err)
	}
	keys, others := verifiers(w.LogKeys), verifiers([]string{w.OtherKey})
	for _, part := range []struct {
		what string
		count
	}{
		{"checkpoints", checkNotes(w, keys, others)},
		{"inclusion proofs", checkInclusions(w, keys)},
		{"consistency proofs", checkConsistencies(w, keys)},
		{"cosignatures", checkCosignatures(w)},
	} {
		if part.verified == 0 || part.refused == 0 {
			log.Fatalf("nothing was tried: %s", part.what)
		}
		fmt.Printf("%s: %d verified, %d altered and refused\n", part.what, part.verified, part.refused)
	}
}
