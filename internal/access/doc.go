// Package access is the domain of Admit: who has, asks for, decides on and
// carries out access. It holds the nouns, the states with their legal moves,
// the rules, and the table of who may do what. It imports nothing of ours and
// does no I/O, so every rule is tested as a table.
package access
