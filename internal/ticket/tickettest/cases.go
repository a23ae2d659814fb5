package tickettest

// chapters is the suite, in the order of docs/providers/conformance.md.
func chapters() []chapter[Subject] {
	return []chapter[Subject]{
		{"Setting up", []trial[Subject]{
			{"Check finds a good account good, and a missing project missing", nil, testCheck},
			{"Projects are listed by name", nil, testProjects},
			{"A person is found by the exact e-mail address only", nil, testAccount},
			{"People are found by a part of a name, at most 20", nil, testPeople},
		}},
		{"Filing", []trial[Subject]{
			{"A ticket is stored as it was asked for, with its key on the last line", nil, testCreate},
			{"A ticket for nobody goes to nobody", nil, testCreateUnassigned},
			{"A ticket for somebody who cannot have it is refused, or the loss is noticed", hasUnassignable, testCreateUnassignable},
			{"A ticket for a project that is not there is refused", nil, testCreateInNoProject},
			{"A ticket of a type that is not there is refused, or the loss is noticed", hasTypes, testCreateOfNoType},
			{"Umlauts, Japanese and emoji arrive", nil, testNonASCII},
			{"A body of 100 kB arrives, or keeps its head and its key", nil, testLongBody},
			{"A body longer than the system takes keeps its head and its key", hasMaxBody, testTooLongBody},
			{"Line breaks, control characters and markup in texts do no harm", nil, testHostileText},
			{"Text that is not UTF-8 does no harm", nil, testNotUTF8},
			{"Text that looks like a template arrives as it is", nil, testPlaceholders},
		}},
		{"Finding", []trial[Subject]{
			{"A key that no ticket carries finds nothing", nil, testFindNone},
			{"Filing twice with one key makes one ticket", isIdempotent, testCreateTwice},
			{"Twins with one key are both found, the oldest first", isNotIdempotent, testCreateTwice},
			{"A search that lags finds nothing, without an error, and finds it later", hasLag, testLag},
		}},
		{"Reading", []trial[Subject]{
			{"Tickets are read together; strange ids are left out", nil, testRead},
			{"A full batch is one call", nil, testReadBatch},
			{"10,000 tickets are read in the fewest calls", hasFill, testReadMany},
			{"A ticket that is hidden from Admit is absent, not an error", hasHide, testHide},
			{"A ticket that moved keeps its id", hasMove, testMove},
			{"A ticket that was deleted is gone, or says so", hasDelete, testDelete},
		}},
		{"Following", []trial[Subject]{
			{"A new ticket, begun work and done work are seen", nil, testTransitions},
			{"A ticket that is opened again is seen", hasReopen, testReopen},
			{"A poll in which nothing happened is one call", nil, testIdlePoll},
			{"10,000 changes come page by page, one call each, while tickets change", hasFill, testChangedMany},
			{"A change that the search shows late is not missed", hasLag, testLateChange},
			{"A cursor that is not the system's is refused", nil, testHostileCursor},
		}},
		{"Ending", []trial[Subject]{
			{"A ticket that was refused reads as not done", nil, testDecline},
			{"An end nobody knows the meaning of is unclear, and can be given one", hasOdd, testOdd},
			{"The statuses offered are those that tickets end with", isLister, testStatuses},
			{"A comment arrives once, and is no sign of work", nil, testComment},
			{"A ticket that is not wanted any more is closed with the reason, once", nil, testClose},
			{"Closing a ticket that has ended changes nothing", nil, testCloseEnded},
			{"A call that is canceled ends at once", nil, testCanceled},
		}},
		{"Fields", []trial[Subject]{
			{"The types offered hold the one filed with", isFormer, testTypes},
			{"The fields offered are whole, the required ones first", isFormer, testForm},
			{"A field that is filled in arrives", hasField, testField},
			{"A wrong value is refused, or the loss is noticed, by name", hasBad, testBadField},
			{"A field that is not there is refused, or the loss is noticed", isFormer, testNoSuchField},
		}},
		{"Being called", []trial[Subject]{
			{"A delivery names its ticket", hasDelivery, testHear},
			{"A delivery that comes twice or late has the id it had before", hasDelivery, testHearAgain},
			{"A wrong or missing signature is refused", isSigned, testForged},
			{"A changed body is refused", signsBody, testTampered},
			{"An old delivery is refused", signsTime, testOldDelivery},
			{"Any bytes do no harm", isListener, testHearAnything},
			{"A webhook set up by hand calls Admit about a change", hasListen, testListen},
			{"Admit sets the webhook up, and is called about a change", isRegistrar, testRegister},
			{"Setting the webhook up twice makes one", isRegistrar, testRegisterTwice},
			{"A webhook that the system switched off is healed", hasSwitchOff, testRegisterHeals},
			{"A webhook that is taken back calls no more", isRegistrar, testUnregister},
		}},
	}
}
